using System.Globalization;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>Checks the partition that a local run is for.</summary>
internal static class LocalPartition
{
    private const int ShownMax = 10;

    public static void Check(PipelineManifest pipeline, string? key)
    {
        if (pipeline.Partitions is not { } partitions)
        {
            if (key is not null)
            {
                throw Bad(
                    $"Pipeline '{pipeline.Name}' has no partitions, so that it cannot run for '{key}'.",
                    "Leave --partition out."
                );
            }
            return;
        }
        if (key is null)
        {
            throw Bad(
                $"A run of pipeline '{pipeline.Name}' is for one partition.",
                $"Pass --partition KEY: {Wanted(partitions)}."
            );
        }
        if (!IsKey(partitions, key))
        {
            throw Bad($"'{key}' is no partition of pipeline '{pipeline.Name}'.", $"Give {Wanted(partitions)}.");
        }
    }

    private static bool IsKey(PartitionsManifest partitions, string key)
    {
        if (partitions.Kind == "list")
        {
            return partitions.Values!.Contains(key, StringComparer.Ordinal);
        }
        return Time(partitions, key) is { } time
            && Time(partitions, partitions.Start!) is { } start
            && time >= start
            && partitions.Kind switch
            {
                "weekly" => (time - start).Days % 7 == 0,
                "monthly" => time.Day == 1,
                _ => true,
            };
    }

    private static DateTime? Time(PartitionsManifest partitions, string key) =>
        DateTime.TryParseExact(
            key,
            partitions.Kind == "hourly" ? "yyyy-MM-dd'T'HH" : "yyyy-MM-dd",
            CultureInfo.InvariantCulture,
            DateTimeStyles.None,
            out var time
        )
            ? time
            : null;

    private static string Wanted(PartitionsManifest partitions) =>
        partitions.Kind switch
        {
            "list" when partitions.Values!.Count > ShownMax =>
                $"one of {string.Join(", ", partitions.Values.Take(ShownMax))} … ({partitions.Values.Count} in all)",
            "list" => "one of " + string.Join(", ", partitions.Values!),
            "hourly" => $"an hour such as {partitions.Start}, not before it",
            "weekly" => $"a day such as {partitions.Start}, a whole number of weeks after it",
            "monthly" => $"the first day of a month, not before {partitions.Start}",
            _ => $"a day such as {partitions.Start}, not before it",
        };

    private static RondoException Bad(string what, string mend) => new(ErrorCode.InvalidArgument, what, mend);
}
