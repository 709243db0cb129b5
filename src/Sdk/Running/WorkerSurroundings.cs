using System.Diagnostics;
using Rondo.Sdk.Processes;

namespace Rondo.Sdk;

/// <summary>What a worker does to the process that it is: prints the end of an attempt, ends what an attempt has left, gives up.</summary>
internal sealed record WorkerSurroundings(Action<string> EndOutput, Func<Task> EndLeftOvers, Action GiveUp)
{
    /// <summary>Those of this process, which does nothing else.</summary>
    public static WorkerSurroundings OfProcess()
    {
        ProcessRoom.Current.IsAlone = true;
        var output = Console.OpenStandardOutput();
        var error = Console.OpenStandardError();
        return new(
            mark =>
            {
                Print(output, mark);
                Print(error, mark);
            },
            () => ProcessRoom.Current.EndLeftOversAsync(TimeProvider.System),
            () =>
            {
                // Not Environment.Exit, which runs code of the step.
                ProcessRoom.Current.EndLeftOversAsync(TimeProvider.System).GetAwaiter().GetResult();
                Process.GetCurrentProcess().Kill();
            }
        );
    }

    private static void Print(Stream stream, string mark)
    {
        try
        {
            stream.Write(System.Text.Encoding.UTF8.GetBytes($"\n{mark}\n"));
            stream.Flush();
        }
        catch (IOException)
        {
            // The step has closed it. The server waits a moment for nothing.
        }
    }
}
