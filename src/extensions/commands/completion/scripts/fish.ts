export const fishScript = (program: string): string => `# fish completion for ${program}

function __${program}_choices
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l answer ($words[1] __complete $words[2..-1] "$current" 2>/dev/null)
    or return
    set -l directive (string replace -r '^:' '' -- $answer[-1])
    set -e answer[-1]
    test (math "bitand($directive, 1)") -eq 0
    or return
    # Endings of file names: fish shows all files.
    if test (math "bitand($directive, 8)") -ne 0
        __fish_complete_path (string replace -r '^-[^=]*=' '' -- "$current")
        return
    end
    set -l prefix (string match -r '^-[^=]*=' -- "$current")
    for choice in $answer
        echo "$prefix$choice"
    end
    if test (count $answer) -eq 0; and test (math "bitand($directive, 4)") -eq 0
        __fish_complete_path "$current"
    end
end

complete -c ${program} -e
complete -c ${program} -f -a '(__${program}_choices)'
`;
