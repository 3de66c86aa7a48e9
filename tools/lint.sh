#!/usr/bin/env bash
# All checks of style; called by `./build.sh lint` from the top folder after a build. Goes on after a failure, so that
# one run shows everything, and ends with 1 if anything failed.
# shellcheck disable=SC2317 # `check` calls the functions by their names
set -uo pipefail

failed=0

# check NAME COMMAND... runs it and tells the result in a line.
check() {
    local name=$1
    shift
    if "$@"; then
        printf '  ok      %s\n' "$name"
    else
        printf '  FAILED  %s\n' "$name"
        failed=1
    fi
}

# The sources, except those of folders that do not exist.
sources() {
    find bootloader kernel include lib apps tests tools "$@" -not -path '*/__pycache__/*' | sort
}

c_format() {
    sources -name '*.[ch]' | xargs -r clang-format --dry-run -Werror
}

# Suppressed: fields and functions that are used by assembly, by the other stages or by the system-call table only
# (unusedStructMember, unusedFunction); what the compiler's own headers would add (missingIncludeSystem); macros of the
# lists *.def, which cppcheck does not expand in every combination (unknownMacro); and parameters that handlers of one
# type share without each changing what they point to (constParameterPointer and its kin).
c_check() {
    cppcheck --quiet --error-exitcode=1 --enable=warning,performance,portability --std=c11 --platform=unix32 \
        --inline-suppr --suppress=missingIncludeSystem --suppress=unusedStructMember --suppress=unknownMacro \
        --suppress=constParameterPointer --suppress=constParameterCallback -DMEGHA_KERNEL '-D__attribute__(x)=' \
        -Iinclude -Ibootloader/stage2 -Iapps/runtime/include bootloader kernel lib apps
}

python_check() {
    sources -name '*.py' | xargs -r pyflakes3 || return
    sources -name '*.py' | xargs -r /usr/bin/env python3 -c 'import ast, sys
for path in sys.argv[1:]:
    ast.parse(open(path, encoding="utf-8").read(), path)'
}

check "shell scripts (shellcheck)" shellcheck build.sh tools/lint.sh .ci/run
check "C format (clang-format; ./build.sh format puts it right)" c_format
check "C (cppcheck)" c_check
check "Python (pyflakes)" python_check
check "floors" python3 tools/check_floors.py
check "preemption points (docs/contributing.md)" python3 tools/check_preemption.py
check "repository" python3 tools/check_tree.py
exit "$failed"
