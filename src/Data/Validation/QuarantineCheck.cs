using System.Globalization;

namespace Rondo.Data;

/// <summary>Tells of the lines of a file that could not be read.</summary>
internal static class QuarantineCheck
{
    private const int ExamplesMax = 5;

    public static Anomaly Of(string file, IReadOnlyList<QuarantinedRow> rows, long good, Quarantine all)
    {
        var atLeast = all.Count > all.Rows.Count ? "at least " : "";
        var lines = Invariant($"{rows.Count} {(rows.Count == 1 ? "line" : "lines")}");
        return new Anomaly(
            AnomalyKind.QuarantinedRows,
            null,
            file,
            "lines that can be read",
            Invariant($"{atLeast}{lines} held back; line {rows[0].Line}: {rows[0].Reason}"),
            (double)rows.Count / (rows.Count + good),
            rows.Take(ExamplesMax).Select(r => Invariant($"line {r.Line}: {r.Reason}")).ToList(),
            "Correct these lines in the source and push the file again."
        );
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
