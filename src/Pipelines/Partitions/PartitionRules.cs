using System.Globalization;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Partitions;

/// <summary>What must hold of partitions, and of the partition that a run is for.</summary>
internal static class PartitionRules
{
    private const int ValuesMax = 10_000;
    private const int ValueLengthMax = 128;
    private const int MonthDayMax = 28;

    private static readonly DateTime s_startMin = new(1900, 1, 1, 0, 0, 0, DateTimeKind.Unspecified);
    private static readonly DateTime s_startMax = new(2200, 1, 1, 0, 0, 0, DateTimeKind.Unspecified);

    /// <summary>Refuses partitions that cannot be told apart, or never come.</summary>
    public static void Check(string place, PartitionsManifest partitions)
    {
        if ((partitions.Kind == PartitionKinds.List ? WrongList(partitions) : WrongTime(partitions)) is { } wrong)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"{place}: its partitions {wrong}.",
                "Correct the project, and push again."
            );
        }
    }

    /// <summary>The partition that somebody asked for by its key; null for a pipeline without partitions. What does not fit is refused.</summary>
    public static PartitionPlace? Require(PipelineManifest pipeline, string? key, DateTimeOffset now)
    {
        if (pipeline.Partitions is not { } partitions)
        {
            return key is null
                ? null
                : throw new RondoException(
                    ErrorCode.InvalidArgument,
                    $"Pipeline '{pipeline.Name}' has no partitions, and cannot run for '{key}'.",
                    "Leave the partition out."
                );
        }

        var scheme = PartitionScheme.Of(partitions);
        if (key is null)
        {
            var example = scheme.NewestComplete(now) ?? scheme.At(0);
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"Pipeline '{pipeline.Name}' runs for one of its {partitions.Kind} partitions.",
                $"Say which, such as {example?.Key}."
            );
        }

        var place = scheme.Find(key);
        return place.From > now
            ? throw new RondoException(
                ErrorCode.FailedPrecondition,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Partition '{key}' of pipeline '{pipeline.Name}' begins at {place.From:yyyy-MM-dd HH:mm} UTC, which is yet to come."
                ),
                $"The newest that is complete is {scheme.NewestComplete(now)?.Key ?? "none"}."
            )
            : place;
    }

    /// <summary>
    /// The partition of a run that nobody asked for: the one that its reason names, else the newest that is complete. Null for a pipeline
    /// without partitions.
    /// </summary>
    public static string? Choose(PipelineManifest pipeline, string? named, DateTimeOffset now)
    {
        if (pipeline.Partitions is not { } partitions)
        {
            return null;
        }

        if (named is not null)
        {
            return Require(pipeline, named, now)!.Key;
        }

        return PartitionScheme.Of(partitions).NewestComplete(now)?.Key
            ?? throw new RondoException(
                ErrorCode.FailedPrecondition,
                partitions.Kind == PartitionKinds.List
                    ? $"The reason does not say for which partition pipeline '{pipeline.Name}' is to run."
                    : $"No partition of pipeline '{pipeline.Name}' is complete yet."
            );
    }

    /// <summary>A partition to try a pipeline on: the newest that is complete, else the first that has begun; null where there is none.</summary>
    public static string? ToTry(PipelineManifest pipeline, DateTimeOffset now)
    {
        if (pipeline.Partitions is not { } partitions)
        {
            return null;
        }

        var scheme = PartitionScheme.Of(partitions);
        return scheme.NewestComplete(now)?.Key
            ?? (scheme.At(0) is { } first && (first.From is not { } from || from <= now) ? first.Key : null);
    }

    private static string? WrongList(PartitionsManifest partitions)
    {
        var values = partitions.Values ?? [];
        return values.Count is 0 or > ValuesMax ? $"are a list of {values.Count} values: it has 1 to {ValuesMax}"
            : values.FirstOrDefault(value => !IsValue(value)) is { } wrong
                ? $"have the value '{wrong}': a value has 1 to {ValueLengthMax} characters, none of them invisible"
            : values.CountBy(value => value, StringComparer.Ordinal).FirstOrDefault(count => count.Value > 1).Key
                is { } twice
                ? $"have the value '{twice}' twice"
            : null;
    }

    private static string? WrongTime(PartitionsManifest partitions)
    {
        if (
            partitions.Kind
            is not (PartitionKinds.Hourly or PartitionKinds.Daily or PartitionKinds.Weekly or PartitionKinds.Monthly)
        )
        {
            return $"are of the kind '{partitions.Kind}', which this server does not know";
        }

        if (partitions.TimeZone is { } zone && !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _))
        {
            return $"name the time zone '{zone}', which does not exist";
        }

        return TimePartitions.ParseStart(partitions) is not { } start
                ? $"start at '{partitions.Start}', which is not written as {(partitions.Kind == PartitionKinds.Hourly ? "2024-05-01T13" : "2024-05-01")}"
            : start < s_startMin || start > s_startMax ? $"start at {partitions.Start}: the years are 1900 to 2200"
            : partitions.Kind == PartitionKinds.Monthly && start.Day > MonthDayMax
                ? $"start on day {start.Day} of a month, which not every month has: take one up to {MonthDayMax}"
            : null;
    }

    private static bool IsValue(string? value) =>
        value is { Length: > 0 and <= ValueLengthMax } && value.Trim() == value && !value.Any(char.IsControl);
}
