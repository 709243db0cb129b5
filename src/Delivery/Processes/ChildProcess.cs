using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Rondo.Delivery.Processes;

/// <summary>Another program, which ends with all that it started when it is no longer wanted.</summary>
internal static class ChildProcess
{
    private const int LineCharsMax = 4000;

    // A program that has ended may have left one that still holds its output open: it is not waited for longer than this.
    private static readonly TimeSpan s_drainAtMost = TimeSpan.FromSeconds(5);

    /// <summary>Runs it to its end and hands on each line of output, with control characters taken out. Returns the exit code.</summary>
    public static async Task<int> RunAsync(
        ProcessCall call,
        Action<string> onOutput,
        Action<string> onError,
        CancellationToken cancellation
    )
    {
        using var process = Start(call);
        await using var stop = cancellation.Register(() => Kill(process));
        process.StandardInput.Close();
        var output = ReadLinesAsync(process.StandardOutput, onOutput);
        var error = ReadLinesAsync(process.StandardError, onError);
        await process.WaitForExitAsync(CancellationToken.None);
        try
        {
            await Task.WhenAll(output, error).WaitAsync(s_drainAtMost, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            // What it said is read; what its left-overs say is not wanted.
        }

        cancellation.ThrowIfCancellationRequested();
        return process.ExitCode;
    }

    /// <summary>Starts it with all three streams redirected.</summary>
    public static Process Start(ProcessCall call)
    {
        var start = new ProcessStartInfo(call.Program, call.Arguments)
        {
            WorkingDirectory = call.WorkingFolder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        start.Environment.Clear();
        foreach (var (name, value) in call.Environment)
        {
            start.Environment[name] = value;
        }

        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"The program '{call.Program}' could not be started: {e.Message}.",
                "Install it on the server's machine, or put it on the PATH of the server.",
                e
            );
        }
    }

    /// <summary>Ends it with everything that it started.</summary>
    public static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            // It has ended already.
        }
    }

    private static async Task ReadLinesAsync(StreamReader reader, Action<string> onLine)
    {
        var buffer = new char[4096];
        var line = new StringBuilder();
        int read;
        while ((read = await reader.ReadAsync(buffer)) > 0)
        {
            for (var i = 0; i < read; i++)
            {
                Take(buffer[i], line, onLine);
            }
        }

        if (line.Length > 0)
        {
            onLine(line.ToString());
        }
    }

    private static void Take(char c, StringBuilder line, Action<string> onLine)
    {
        if (c == '\n')
        {
            onLine(line.ToString());
            line.Clear();
        }
        else if (line.Length < LineCharsMax && (c == '\t' || !char.IsControl(c)))
        {
            line.Append(c);
        }
    }
}
