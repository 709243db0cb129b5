using System.Diagnostics;

namespace Rondo.Cli.Processes;

/// <summary>Runs a program to its end and hands over its lines as they come.</summary>
internal static class ChildProcess
{
    /// <summary>How a program ended, with everything it wrote to each stream.</summary>
    internal sealed record Result(int ExitCode, string Out, string Error);

    public static async Task<Result> RunAsync(
        ChildProcessStart start,
        Action<string>? onErrorLine,
        CancellationToken cancellation
    )
    {
        var info = new ProcessStartInfo(start.Program)
        {
            WorkingDirectory = start.Folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var argument in start.Arguments)
        {
            info.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in start.Environment ?? [])
        {
            info.Environment[name] = value;
        }

        using var process = Start(info);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(cancellation);
        var error = ReadLinesAsync(process.StandardError, onErrorLine, cancellation);
        try
        {
            await process.WaitForExitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return new Result(process.ExitCode, await output, await error);
    }

    private static Process Start(ProcessStartInfo info)
    {
        try
        {
            return Process.Start(info)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"'{info.FileName}' could not be started: {e.Message}.",
                $"Install {info.FileName}, or put it on the PATH.",
                e
            );
        }
    }

    private static async Task<string> ReadLinesAsync(
        StreamReader reader,
        Action<string>? onLine,
        CancellationToken cancellation
    )
    {
        var all = new System.Text.StringBuilder();
        while (await reader.ReadLineAsync(cancellation) is { } line)
        {
            all.AppendLine(line);
            onLine?.Invoke(line);
        }

        return all.ToString();
    }
}
