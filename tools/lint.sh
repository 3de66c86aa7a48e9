#!/usr/bin/env bash
# All checks of style; called by `./build.sh lint` from the top folder after a build. Goes on after a failure, so that
# one run shows everything, and ends with 1 if anything failed.
# shellcheck disable=SC2317,SC2329 # `check` calls the functions by their names
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

# How the sources look is what clang-format 14 makes of them. Other versions break some lines otherwise, whatever the
# style file says: where one of them is installed, what it would change is counted and told, and is no fault.
c_format() {
    local version files
    version=$(clang-format --version | sed 's/.*version \([0-9]*\).*/\1/')
    if [[ $version == 14 ]]; then
        sources -name '*.[ch]' | xargs -r clang-format --dry-run -Werror
        return
    fi
    files=$(sources -name '*.[ch]' | xargs -r clang-format --dry-run 2>&1 | grep -o '^[^ :]*\.[ch]:' | sort -u | wc -l)
    echo "clang-format $version would change $files files; version 14 decides, and is not here"
}

# Suppressed: fields and functions that are used by assembly, by the other stages or by the system-call table only
# (unusedStructMember, unusedFunction); what the compiler's own headers would add (missingIncludeSystem); macros of the
# lists *.def, which cppcheck does not expand in every combination (unknownMacro); the note of newer versions that they
# did not follow every branch (normalCheckLevelMaxBranches); and parameters that handlers of one type share without each
# changing what they point to (constParameterPointer and its kin).
c_check() {
    cppcheck --quiet --error-exitcode=1 --enable=warning,performance,portability --std=c11 --platform=unix32 \
        --inline-suppr --suppress=missingIncludeSystem --suppress=unusedStructMember --suppress=unknownMacro \
        --suppress=normalCheckLevelMaxBranches --suppress=constParameterPointer --suppress=constParameterCallback \
        -DMEGHA_KERNEL '-D__attribute__(x)=' -Iinclude -Ibootloader/stage2 -Iapps/runtime/include \
        bootloader kernel lib apps
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
