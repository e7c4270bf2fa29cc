export const powershellScript = (program: string): string => `# powershell completion for ${program}

Register-ArgumentCompleter -Native -CommandName '${program}' -ScriptBlock {
    param($begun, $line, $position)
    $text = $line.Extent.Text
    if ($position -lt $text.Length) { $text = $text.Substring(0, $position) }
    $words = @($text.Split(' ', [System.StringSplitOptions]::RemoveEmptyEntries))
    $rest = @($words | Select-Object -Skip 1)
    # PowerShell before 7.3 drops empty arguments, which mean a word not begun.
    if ($begun -eq '') { $rest += $(if ($PSVersionTable.PSVersion -lt [version]'7.3.0') { '""' } else { '' }) }
    $answer = @(& $words[0] __complete @rest 2>$null)
    if ($answer.Count -eq 0) { return }
    $directive = [int]($answer[-1].TrimStart(':'))
    # 1 is a failure; 8 stands for endings of file names, and PowerShell shows all files.
    if ($directive -band 9) { return }
    $prefix = if ($begun -match '^(-[^=]*=)') { $Matches[1] } else { '' }
    $space = if ($directive -band 2) { '' } else { ' ' }
    $found = @($answer | Select-Object -SkipLast 1)
    if ($found.Count -eq 0 -and ($directive -band 4)) { return '' }
    foreach ($choice in $found) {
        $value, $tip = $choice.Split("\`t", 2)
        if (-not $tip) { $tip = $value }
        [System.Management.Automation.CompletionResult]::new("$prefix$value$space", $value, 'ParameterValue', $tip)
    }
}
`;
