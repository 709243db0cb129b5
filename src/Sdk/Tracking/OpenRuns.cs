using System.Collections.Concurrent;
using System.Runtime.Loader;

namespace Rondo.Sdk;

/// <summary>
/// The runs of this program whose end nobody has said. They end with the program: as finished where it ends well, as failed where it says so by its exit code,
/// or by an exception that nobody catches. A program that is killed says nothing more; what it has left is sent by others.
/// </summary>
internal static class OpenRuns
{
    private const int RunsMax = 1000;

    // Whoever ends a program does not wait for long. What was not sent by then is kept, with the end of the run.
    private static readonly TimeSpan s_endMost = TimeSpan.FromSeconds(10);

    private static readonly ConcurrentDictionary<TrackedRun, byte> s_runs = new(ReferenceEqualityComparer.Instance);
    private static readonly bool s_ends = Hear();

    /// <summary>From now on its end is seen to; of very many that are open at once only the first are.</summary>
    public static void Add(TrackedRun run)
    {
        if (s_ends && s_runs.Count < RunsMax)
        {
            s_runs.TryAdd(run, 0);
        }
    }

    public static void Remove(TrackedRun run) => s_runs.TryRemove(run, out _);

    // Code that can be unloaded must not be held by the program that has loaded it.
    private static bool Hear()
    {
        if (AssemblyLoadContext.GetLoadContext(typeof(OpenRuns).Assembly) is { IsCollectible: true })
        {
            return false;
        }

        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
            End(
                Environment.ExitCode is var code && code == 0
                    ? null
                    : FormattableString.Invariant($"The program ended with exit code {code}.")
            );
        AppDomain.CurrentDomain.UnhandledException += (_, e) =>
            End(
                e.ExceptionObject is Exception thrown
                    ? TrackingRules.WordsOf(thrown)
                    : "The program ended by an exception."
            );
        return true;
    }

    private static void End(string? why)
    {
        try
        {
            // Not on this thread: a disk that does not answer must not hold the program for longer.
            Task.WhenAll(s_runs.Keys.Select(run => Task.Run(() => run.EndWithProgramAsync(why)))).Wait(s_endMost);
        }
        catch (AggregateException)
        {
            // A program that ends well does not fail by this.
        }
    }
}
