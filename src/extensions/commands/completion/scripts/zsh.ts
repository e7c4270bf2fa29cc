/** For `source <(PROGRAM completion zsh)` and as a file `_PROGRAM` in the function path. */
export const zshScript = (program: string): string => `#compdef ${program}
compdef _${program} ${program}

_${program}() {
    local answer directive line value text
    local -a asked choices
    asked=("\${(@)words[1,CURRENT]}")
    answer=$("\${asked[1]}" __complete "\${(@)asked[2,-1]}" 2>/dev/null) || return 1
    directive=\${answer##*:}
    answer=\${answer%:*}
    [[ $directive == <-> ]] || return 1
    (( directive & 1 )) && return 1

    while IFS= read -r line; do
        [[ -z $line ]] && continue
        value=\${\${line%%$'\\t'*}//:/\\\\:}
        if [[ $line == *$'\\t'* ]]; then text=":\${line#*$'\\t'}"; else text=""; fi
        choices+=("$value$text")
    done <<<"$answer"

    [[ $PREFIX == -*=* ]] && compset -P '*='
    if (( directive & 8 )); then
        # The choices are endings of file names.
        _files -g "*.(\${(j:|:)\${(f)answer}})"
        return
    fi
    local -a space
    (( directive & 2 )) && space=(-S '')
    if (( \${#choices} > 0 )); then
        _describe -t choices choice choices $space
    elif (( directive & 16 )); then
        _files -/
    elif (( (directive & 4) == 0 )); then
        _files
    fi
}

# Loaded from the function path, the file is the function.
if [ "$funcstack[1]" = "_${program}" ]; then
    _${program}
fi
`;
