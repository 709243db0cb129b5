using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;

namespace Rondo.Sdk;

/// <summary>What a sweep found: every trial, ranked, and how much each parameter mattered. It is JSON, and a warm start for a later sweep.</summary>
/// <param name="Goal">What was best.</param>
/// <param name="Leaderboard">
/// Every trial, best first: those that completed before those that were stopped, before those that failed; with
/// <see cref="Search.Halving"/> those on the largest budget first.
/// </param>
/// <param name="Importance">How much each parameter explains, most first; empty with fewer than six completed trials.</param>
/// <param name="Notes">What else is to be said, for example which earlier trials are ignored.</param>
public sealed record SweepReport(
    SearchGoal Goal,
    IReadOnlyList<TrialRecord> Leaderboard,
    IReadOnlyList<ParameterImportance> Importance,
    IReadOnlyList<string> Notes
)
{
    /// <summary>The best trial that completed; null: none did.</summary>
    [JsonIgnore]
    public TrialRecord? Best => Leaderboard.FirstOrDefault(trial => trial.State == TrialState.Completed);

    /// <summary>Every trial by its number.</summary>
    [JsonIgnore]
    public IReadOnlyList<TrialRecord> Trials => [.. Leaderboard.OrderBy(trial => trial.Number)];

    /// <summary>The best completed trial of each value of a parameter, for example of each trainer; best first.</summary>
    public IReadOnlyList<TrialRecord> BestOfEach(string parameter) =>
        [
            .. Leaderboard
                .Where(trial => trial.State == TrialState.Completed && trial.Parameters.Has(parameter))
                .DistinctBy(trial => trial.Parameters.Values[parameter].GetRawText(), StringComparer.Ordinal),
        ];

    /// <summary>A leaderboard for people.</summary>
    /// <param name="trials">How many lines of trials at most.</param>
    public string ToText(int trials = 10)
    {
        var text = new StringBuilder();
        foreach (var (index, trial) in Leaderboard.Take(trials).Index())
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"{index + 1, 4}  {Shown(trial.Value), 12}  trial {trial.Number}"
            );
            text.Append(trial.State == TrialState.Completed ? "" : " (" + trial.State + ")");
            text.Append(trial.Budget == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $" on {trial.Budget}"));
            text.Append("  ").Append(trial.Parameters).Append('\n');
        }
        if (Importance.Count > 0)
        {
            var shares = Importance.Select(one =>
                $"{one.Parameter} {(one.Share * 100).ToString("0", CultureInfo.InvariantCulture)}%"
            );
            text.Append("explained by ").AppendJoin(", ", shares).Append('\n');
        }
        foreach (var note in Notes)
        {
            text.Append(note).Append('\n');
        }
        return text.ToString();
    }

    internal static SweepReport Of(
        SearchPoints space,
        Search search,
        IReadOnlyList<TrialRecord> trials,
        IReadOnlyList<string> notes
    ) =>
        new(
            search.Goal,
            TrialRanking.Ranked(trials, search.Goal),
            // By their numbers: in which order parallel trials ended must not matter.
            Sdk.Importance.Of(space, [.. trials.OrderBy(trial => trial.Number)], search.Seed),
            notes
        );

    // What is near to zero has six digits as well, and does not look like zero.
    private static string Shown(double? value) =>
        value?.ToString(Math.Abs(value.Value) is >= 1 and < 1e9 ? "0.######" : "G6", CultureInfo.InvariantCulture)
        ?? "";
}
