using System.Globalization;
using Rondo.Data;

namespace Rondo.Sdk.BuiltIn;

/// <summary>
/// The step that gives on what the best trial made, whatever its type: the bytes as they are. Trials are numbered through all rounds, so that the number
/// is the place in the lists of the rounds, one behind the other.
/// </summary>
internal static class BestOf
{
    private const string BestPort = "best";
    private const string ValuePort = "value";

    public static Ref<T> Add<T>(Graph graph, Ref<TrialRecord> best, IReadOnlyList<RefList<T>> rounds)
    {
        var node = graph.AddStep(new("Rondo.Sdk.BuiltIn.BestOf", "BestOf", [typeof(BestOf)], 0, true, 1, 0));
        node.Input(BestPort, best, Artifacts.Json<TrialRecord>(), allowNone: false);
        foreach (var (round, list) in rounds.Index())
        {
            node.Inputs(PortOf(round), list);
        }
        var kept = node.Output<T>(ValuePort, rounds[0].Whole!.Type);
        node.Runs(call => GiveOnAsync(call, rounds.Count));
        return kept;
    }

    private static async Task GiveOnAsync(StepCall call, int rounds)
    {
        var best = call.Input(BestPort, Artifacts.Json<TrialRecord>());
        var all = Enumerable.Range(0, rounds).SelectMany(round => Items(call, PortOf(round))).ToList();
        var chosen = all[best.Number];
        if (StepCall.IsNone(chosen))
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"Trial {best.Number} is the best, but it made nothing to keep.",
                "Let the value of a trial come from what it keeps."
            );
        }
        await call.ReachOutputsAsync();
        call.WriteBytes(
            ValuePort,
            chosen.Reference.Type,
            stream =>
            {
                using var from = chosen.Open();
                from.CopyTo(stream);
                return null;
            }
        );
    }

    private static IEnumerable<StoredArtifact> Items(StepCall call, string port) =>
        call
            .StoredInputs.Where(input => input.Key.StartsWith(port + ".", StringComparison.Ordinal))
            .OrderBy(input => int.Parse(input.Key.AsSpan(port.Length + 1), CultureInfo.InvariantCulture))
            .Select(input => input.Value);

    private static string PortOf(int round) => "round" + round.ToString(CultureInfo.InvariantCulture);
}
