using System.Diagnostics;

namespace Rondo.Sdk.Processes;

/// <summary>
/// Ends what this process has started when this process is gone, however it went: a small shell that waits for the end of a pipe which
/// only this process holds, and then ends everything that carries its mark. Linux only.
/// </summary>
internal sealed class ProcessGuard : IDisposable
{
    // $1: the variable and the mark; $2: the folder of control groups, or nothing. What it looks for does not begin its own mark.
    private const string Script = """
        trap '' HUP INT TERM
        exec >/dev/null 2>&1
        while read -r line; do :; done
        if [ -n "$2" ]; then find "$2" -name cgroup.kill -exec sh -c 'echo 1 >"$1"' sh {} \;; fi
        round=0
        while [ "$round" -lt 100 ]; do
          found=
          for file in $(grep -lsF "$1" /proc/[0-9]*/environ); do
            process=${file#/proc/}
            kill -9 "${process%/environ}" && found=1
          done
          if [ -z "$found" ]; then break; fi
          round=$((round + 1))
          sleep 0.05
        done
        if [ -n "$2" ]; then find "$2" -depth -type d -exec rmdir {} \;; fi
        """;

    private readonly Process _shell;

    private ProcessGuard(Process shell) => _shell = shell;

    public int ProcessId => _shell.Id;

    public bool HasExited => _shell.HasExited;

    /// <summary>Null where there is no shell.</summary>
    public static ProcessGuard? Start(string mark, string? groups, string? ownSession)
    {
        var wanted = ProcessEntry.MarkVariable + "=" + mark;
        string[] words = ["/bin/sh", "-c", Script, "rondo-guard", wanted, groups ?? ""];
        var start = ownSession is null
            ? new ProcessStartInfo(words[0], words[1..])
            : new ProcessStartInfo(ownSession, words);
        start.UseShellExecute = false;
        start.WorkingDirectory = "/";
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/local/bin:/usr/bin:/bin";
        start.Environment["LC_ALL"] = "C";
        // Nobody's stray: a room that finds it without a parent leaves it alone, and so does its own search.
        start.Environment[ProcessEntry.MarkVariable] = "guard-" + mark;
        try
        {
            var shell = Process.Start(start)!;
            return new ProcessGuard(shell);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    /// <summary>Lets it look once more, and end.</summary>
    public void Dispose()
    {
        _shell.StandardInput.Close();
        _shell.Dispose();
    }
}
