using System.Globalization;
using Rondo.Mlflow.Transfer;

namespace Rondo.Cli.Transfer.FileStore;

/// <summary>A point as a line of a metric's file, with who logged it where it is one of a logged model.</summary>
internal sealed record StoredPoint(TransferPoint Point, string Run);

/// <summary>Reads the files of metrics: <c>TIME VALUE STEP</c>, and of logged models besides <c>RUN DATASET DIGEST</c>.</summary>
internal static class StoredPoints
{
    private const int OfModel = 4;
    private const int WithDataset = 6;
    private const int ShownMax = 60;

    /// <summary>The points of all metrics below a folder. Lines and files that are none are told, and left out.</summary>
    public static IEnumerable<StoredPoint> Read(string folder, TransferRecord owner, SourceProblems problems)
    {
        foreach (var (key, path) in problems.Try(owner, () => StoredTexts.Files(folder)) ?? [])
        {
            using var file = problems.Try(owner, () => new StreamReader(path));
            var wrong = 0;
            var number = 0;
            while (file is not null && problems.Try(owner, file.ReadLine) is { } line)
            {
                number++;
                if (Parse(key, line) is { } point)
                {
                    yield return point;
                }
                // The first one is told; where all lines are wrong, it is not one problem for each.
                else if (line.Trim().Length > 0 && wrong++ == 0)
                {
                    problems.Add(owner, Told(path, number, line));
                }
            }
        }
    }

    private static string Told(string path, int number, string line)
    {
        var shown = line.Length > ShownMax ? line[..ShownMax] + "…" : line;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Line {number} of {path} is no point, 'TIME VALUE STEP': '{shown}'. Lines like it were left out."
        );
    }

    // The name of a dataset may have spaces.
    private static StoredPoint? Parse(string key, string line)
    {
        var parts = line.Trim().Split(' ');
        if (
            parts.Length < 2
            || !long.TryParse(parts[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var at)
            || ValueOf(parts[1]) is not { } value
            || !long.TryParse(
                parts.ElementAtOrDefault(2) ?? "0",
                NumberStyles.AllowLeadingSign,
                CultureInfo.InvariantCulture,
                out var step
            )
        )
        {
            return null;
        }

        var point = new TransferPoint(key, value, at, step);
        return new StoredPoint(
            parts.Length < WithDataset
                ? point
                : point with
                {
                    Dataset = StoredTexts.Kept(string.Join(' ', parts[OfModel..^1])),
                    Digest = StoredTexts.Kept(parts[^1]),
                },
            parts.Length < OfModel ? "" : parts[OfModel - 1]
        );
    }

    // As Python writes them.
    private static double? ValueOf(string text) =>
        text.ToLowerInvariant() switch
        {
            "nan" => double.NaN,
            "inf" => double.PositiveInfinity,
            "-inf" => double.NegativeInfinity,
            _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null,
        };
}
