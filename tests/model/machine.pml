
/* ---- Interrupts, the idle thread, the beginning ------------------------------------------------ */

#define IS_UNSETTLED(t) (thread[t].unsettled)

/* `other` gets a thread, or a process, for which that holds. */
#define CHOOSE(what) if :: what(0) -> other = 0 :: what(1) -> other = 1 :: what(2) -> other = 2 fi

proctype machine()
{
again:
    atomic {
    if
    :: running == NEXT -> ready_take(); goto again
    :: interrupts -> check_promises()
    fi;
end:
    if
    :: running != IDLE -> interrupts = false /* no more of them come */
    :: running == IDLE && SOME(IS_READY) -> interrupts = false; switch_to_next()
    :: running != IDLE && !attention && SOME(IS_RIVAL) -> sched_charge()
    :: CHOOSE(CAN_TIME_OUT);
       printf("interrupt: the time of thread %d is over\n", other);
       d_step { sched_wait_over(other); tidy() }
    :: CHOOSE(CAN_BE_KILLED); d_step { process_mark_ending(other); tidy() }
    :: CHOOSE(IS_UNSETTLED); d_step { ipc_tick(other); tidy() }
    fi;
    goto again
    }
}

init {
    atomic {
        set_up(0, PRIORITIES % 10);
        set_up(1, PRIORITIES / 10 % 10);
        set_up(2, PRIORITIES / 100);
        interrupts = true;
        run program(0);
        run program(1);
        run program(2);
        run machine()
    }
}
