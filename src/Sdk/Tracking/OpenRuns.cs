using System.Collections.Concurrent;

namespace Rondo.Sdk;

/// <summary>
/// The runs of this program whose end nobody has said. They end with the program: as finished where it ends well, else as failed. A program that is killed, or
/// ends by an exception that nobody catches, says nothing more; what it has left is sent by others.
/// </summary>
internal static class OpenRuns
{
    // Whoever ends a program does not wait for long. What was not sent by then is kept, with the end of the run.
    private static readonly TimeSpan s_endMost = TimeSpan.FromSeconds(10);

    private static readonly ConcurrentDictionary<TrackedRun, byte> s_runs = new(ReferenceEqualityComparer.Instance);

    static OpenRuns() => AppDomain.CurrentDomain.ProcessExit += (_, _) => End(Environment.ExitCode);

    public static void Add(TrackedRun run) => s_runs.TryAdd(run, 0);

    public static void Remove(TrackedRun run) => s_runs.TryRemove(run, out _);

    private static void End(int exitCode)
    {
        try
        {
            Task.WhenAll(s_runs.Keys.Select(run => run.EndWithProgramAsync(exitCode))).Wait(s_endMost);
        }
        catch (AggregateException)
        {
            // A program that ends well does not fail by this.
        }
    }
}
