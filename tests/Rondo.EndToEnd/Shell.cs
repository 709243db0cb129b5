using System.Diagnostics;

namespace Rondo.EndToEnd;

/// <summary>Runs real programs and waits for them.</summary>
internal static class Shell
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(10);

    internal sealed record Result(int ExitCode, string Out, string Error)
    {
        public override string ToString() => $"exit {ExitCode}\n--- out\n{Out}\n--- error\n{Error}";
    }

    /// <summary>Runs <c>./rondo</c> with the arguments, in a folder.</summary>
    public static Task<Result> RondoAsync(string folder, params string[] arguments) =>
        RunAsync(folder, Checkout.Launcher, arguments);

    public static async Task<Result> RunAsync(string folder, string program, params string[] arguments)
    {
        using var process = Start(folder, program, arguments);
        process.StandardInput.Close();
        using var timeout = new CancellationTokenSource(s_timeout);
        var output = process.StandardOutput.ReadToEndAsync(timeout.Token);
        var error = process.StandardError.ReadToEndAsync(timeout.Token);
        try
        {
            await process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException e)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end within {s_timeout}.", e);
        }

        return new Result(process.ExitCode, await output, await error);
    }

    public static Process Start(string folder, string program, params string[] arguments) =>
        Start(folder, [], program, arguments);

    public static Process Start(
        string folder,
        IReadOnlyList<(string Name, string Value)> environment,
        string program,
        string[] arguments
    )
    {
        var info = new ProcessStartInfo(program)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var argument in arguments)
        {
            info.ArgumentList.Add(argument);
        }

        info.Environment["RONDO_ARTIFACTS"] = Checkout.Artifacts;
        // A server that is started without the launcher is told what the launcher would tell it.
        info.Environment["RONDO_FEED"] = Checkout.Feed;
        info.Environment["RestoreAdditionalProjectSources"] = Checkout.Feed;
        info.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        info.Environment["OMP_WAIT_POLICY"] = "passive";
        info.Environment.Remove("RONDO_SERVER");
        info.Environment.Remove("RONDO_DATABASE");
        foreach (var (name, value) in environment)
        {
            info.Environment[name] = value;
        }

        return Process.Start(info)!;
    }
}
