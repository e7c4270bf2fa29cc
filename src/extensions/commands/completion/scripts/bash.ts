/** Asks the program for choices, each time. `__start_PROGRAM` can be given to `complete` for aliases too. */
export const bashScript = (program: string): string => `# bash completion for ${program}

__start_${program}() {
    local line=\${COMP_LINE:0:COMP_POINT} words current asked answer directive choice
    read -r -a words <<<"$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    current=\${words[\${#words[@]}-1]}
    # An alias is no program that could be asked.
    asked=\${words[0]}
    type -P -- "$asked" >/dev/null || asked=${program}

    answer=$("$asked" __completeNoDesc "\${words[@]:1}" 2>/dev/null) || return
    directive=\${answer##*:}
    answer=\${answer%:*}
    [[ $directive =~ ^[0-9]+$ ]] || return
    (( directive & 1 )) && return

    # bash begins a new word behind = and :, and replaces that one alone.
    local last=\${COMP_WORDS[COMP_CWORD]} typed=$current
    [[ $last == [=:] ]] && last=""
    [[ $typed == -*=* ]] && typed=\${typed#*=}
    local kept=\${current%"$last"}
    # Where it does not, the flag in front of = stays.
    local flag=""
    [[ $last == "$current" ]] && flag=\${current%"$typed"}

    COMPREPLY=()
    if (( directive & 8 )); then
        # The choices are endings of file names.
        compopt -o filenames 2>/dev/null
        while IFS= read -r choice; do
            [[ -d $choice || $'\\n'$answer == *$'\\n'"\${choice##*.}"$'\\n'* ]] && COMPREPLY+=("$choice")
        done < <(compgen -f -- "$typed")
        return
    fi
    while IFS= read -r choice; do
        [[ -n $choice && $choice == "$typed"* ]] && COMPREPLY+=("$flag\${choice#"$kept"}")
    done <<<"$answer"

    (( directive & 2 )) && compopt -o nospace 2>/dev/null
    if (( directive & 16 )); then
        compopt -o filenames 2>/dev/null
        while IFS= read -r choice; do COMPREPLY+=("$choice"); done < <(compgen -d -- "$typed")
    elif (( (directive & 4) == 0 )) && (( \${#COMPREPLY[@]} == 0 )); then
        compopt -o filenames 2>/dev/null
        while IFS= read -r choice; do COMPREPLY+=("$choice"); done < <(compgen -f -- "$typed")
    fi
}

complete -F __start_${program} ${program}
`;
