using System.Globalization;
using System.Text;
using System.Text.Json;
using Rondo.Data;
using Rondo.Evaluation;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>What a local run proposes, for people: the gate's checks, and the model beside its rivals by slice.</summary>
internal static class LocalEvaluation
{
    private const string Metric = "rmse";
    private const int RowsMax = 40;

    public static void Write(StringBuilder text, LocalRun run)
    {
        var proposals = run
            .Nodes.Where(node => node.Kind == NodeKind.Step)
            .SelectMany(node => node.Outputs.Values)
            .Where(LocalReport.IsProposal);
        foreach (var proposal in proposals)
        {
            if (proposal.Summary is { ValueKind: JsonValueKind.Object } summary)
            {
                Write(text, summary.Deserialize<Summary>(RondoJson.Options)!);
            }
        }
    }

    private static void Write(StringBuilder text, Summary summary)
    {
        text.AppendLine();
        var outcome = summary.Verdict.Passed ? "passed its gate" : "did not pass its gate";
        text.AppendLine(CultureInfo.InvariantCulture, $"Model {summary.Model} {outcome}");
        foreach (var check in summary.Verdict.Checks)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {(check.Passed ? "pass" : "FAIL")}  {check.Reason}");
        }
        // Rivals on other rows than the model's would not stand in the same line.
        var rivals = (summary.Rivals ?? []).Where(rival => rival.Candidate is null).ToList();
        text.AppendLine();
        LocalReport.Table(
            text,
            ["SLICE", "VALUE", "ROWS", "MODEL RMSE", .. rivals.Select(rival => rival.Name.ToUpperInvariant())],
            [.. summary.Slices.Take(RowsMax).Select(slice => Row(slice, rivals))]
        );
        if (summary.Slices.Count > RowsMax)
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"  and {summary.Slices.Count - RowsMax} more: --output json"
            );
        }
    }

    private static string[] Row(SliceMetrics slice, List<RivalEvaluation> rivals) =>
        [
            slice.Slice,
            slice.Slice == SliceMetrics.All ? "" : slice.Value,
            slice.N.ToString(CultureInfo.InvariantCulture),
            LocalReport.Number(slice.Metrics[Metric]),
            .. rivals.Select(rival =>
                LocalReport.Number(
                    rival.Slices.First(theirs => theirs.Slice == slice.Slice && theirs.Value == slice.Value).Metrics[
                        Metric
                    ]
                )
            ),
        ];

    private sealed record Summary(
        string Model,
        GateVerdict Verdict,
        IReadOnlyList<SliceMetrics> Slices,
        IReadOnlyList<RivalEvaluation>? Rivals
    );
}
