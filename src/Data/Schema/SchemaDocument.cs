using System.Text.Json.Serialization;

namespace Rondo.Data;

/// <summary>What stands in the file of a schema.</summary>
internal sealed record SchemaDocument
{
    [JsonRequired]
    public string Name { get; init; } = "";

    [JsonRequired]
    public Dictionary<string, ColumnDocument> Columns { get; init; } = [];

    public bool ExtraColumns { get; init; }

    public string? EventTime { get; init; }

    public Dictionary<string, string>? Forbidden { get; init; }

    public IReadOnlyList<RowRule>? Rules { get; init; }

    public IReadOnlyList<ShareRule>? Shares { get; init; }

    public static SchemaDocument Of(TableSchema schema) =>
        new()
        {
            Name = schema.Name,
            Columns = schema.Columns.ToDictionary(c => c.Name, ColumnDocument.Of, StringComparer.Ordinal),
            ExtraColumns = schema.AllowExtraColumns,
            EventTime = schema.EventTime,
            Forbidden = schema.Forbidden.Count == 0 ? null : new(schema.Forbidden, StringComparer.Ordinal),
            Rules = schema.Rules.Count == 0 ? null : schema.Rules,
            Shares = schema.Shares.Count == 0 ? null : schema.Shares,
        };

    public TableSchema ToSchema()
    {
        var seen = new HashSet<string>(ColumnNames.Comparer);
        foreach (var column in Columns.Keys.Where(column => !seen.Add(column)))
        {
            throw Invalid($"column '{column}' stands there twice (case and underscores do not count).");
        }

        foreach (var column in Named().Where(column => !seen.Contains(column)))
        {
            throw Invalid($"'{column}' is named by a rule, a share or eventTime, but is no column.");
        }

        return new TableSchema(Name, [.. Columns.Select(c => c.Value.ToExpectation(c.Key))], ExtraColumns)
        {
            EventTime = EventTime,
            Forbidden = Forbidden ?? [],
            Rules = [.. (Rules ?? []).Select(Checked)],
            Shares = [.. (Shares ?? []).Select(Checked)],
        };
    }

    private IEnumerable<string> Named() =>
        (Rules ?? [])
            .SelectMany(rule => new[] { rule.Left, rule.Right })
            .Concat((Shares ?? []).Select(share => share.Column))
            .Concat(EventTime is null ? [] : [EventTime]);

    private static RowRule Checked(RowRule rule) =>
        rule.Is is "<" or "<=" or "=" or "!=" or ">=" or ">"
            ? rule
            : throw Invalid($"'{rule.Is}' of a rule is no comparison: use one of <, <=, =, !=, >=, >.");

    private static ShareRule Checked(ShareRule share) =>
        share.Min >= 0 && share.Min <= share.Max && share.Max <= 1
            ? share
            : throw Invalid($"the share of '{share.Value}' must go from min to max within 0 and 1.");

    private static RondoException Invalid(string what) =>
        new(ErrorCode.InvalidArgument, char.ToUpperInvariant(what[0]) + what[1..], "Correct the schema.");
}

/// <summary>A column in the file of a schema: what is not said is as usual.</summary>
internal sealed record ColumnDocument
{
    [JsonRequired]
    public ColumnType? Type { get; init; }

    public bool Optional { get; init; }

    public bool Nullable { get; init; }

    public double? MissingMax { get; init; }

    public bool Unique { get; init; }

    public double? Min { get; init; }

    public double? Max { get; init; }

    public IReadOnlyList<string>? OneOf { get; init; }

    public long? DistinctMax { get; init; }

    public DistributionDocument? Distribution { get; init; }

    public IReadOnlyList<string>? AbsentIn { get; init; }

    public string? Deprecated { get; init; }

    public PersonalDataKind? Personal { get; init; }

    public DateTimeOffset? ValidFrom { get; init; }

    public DateTimeOffset? ValidUntil { get; init; }

    public static ColumnDocument Of(ColumnExpectation column) =>
        new()
        {
            Type = column.Type,
            Optional = !column.Required,
            Nullable = column.Nullable && column.MissingShareMax is null,
            MissingMax = column.MissingShareMax,
            Unique = column.Unique,
            Min = column.Min,
            Max = column.Max,
            OneOf = column.Domain,
            DistinctMax = column.DistinctMax,
            Distribution = DistributionDocument.Of(column.Distribution),
            AbsentIn = column.AbsentIn.Count == 0 ? null : column.AbsentIn,
            Deprecated = column.Deprecated,
            Personal = column.Personal,
            ValidFrom = column.ValidFrom,
            ValidUntil = column.ValidUntil,
        };

    public ColumnExpectation ToExpectation(string name)
    {
        Require(!(Min > Max), name, "min is greater than max");
        Require(MissingMax is null or (>= 0 and <= 1), name, "missingMax is a share from 0 to 1");
        Require(OneOf is null || OneOf.Count > 0, name, "oneOf names no value");
        Require(!(ValidFrom >= ValidUntil), name, "validFrom is not before validUntil");
        return new ColumnExpectation(name, Type!.Value, !Optional, Nullable || MissingMax is not null, Min, Max, OneOf)
        {
            MissingShareMax = MissingMax,
            Unique = Unique,
            DistinctMax = DistinctMax,
            Distribution = Distribution?.ToExpectation(name, Type.Value),
            AbsentIn = AbsentIn ?? [],
            Deprecated = Deprecated,
            Personal = Personal,
            ValidFrom = ValidFrom,
            ValidUntil = ValidUntil,
        };
    }

    private static void Require(bool holds, string column, string what)
    {
        if (!holds)
        {
            throw new RondoException(ErrorCode.InvalidArgument, $"Column '{column}': {what}.", "Correct the schema.");
        }
    }
}
