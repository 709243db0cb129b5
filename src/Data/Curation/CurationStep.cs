using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rondo.Data;

/// <summary>One way of leaving rows out, with the reason for it.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "step")]
[JsonDerivedType(typeof(KeepWhere), "where")]
[JsonDerivedType(typeof(KeepRange), "range")]
[JsonDerivedType(typeof(KeepDistinct), "distinct")]
[JsonDerivedType(typeof(KeepSample), "sample")]
[JsonDerivedType(typeof(KeepCapped), "cap")]
public abstract record CurationStep
{
    private protected CurationStep() { }

    /// <summary>Why. It is wanted of every step, and stands in the record.</summary>
    [JsonRequired]
    [JsonPropertyOrder(1)]
    public string Reason { get; init; } = "";

    /// <summary>The step in a few words, for people.</summary>
    [JsonIgnore]
    public abstract string Words { get; }

    // What is wrong with it, whatever the rows; null where nothing is.
    internal abstract string? Fault { get; }

    internal abstract StepRun Begin();

    private protected static string Names(IReadOnlyList<string> columns) => string.Join(", ", columns);
}

/// <summary>Keeps rows in which a column stands to another, or to a value, as said; as the rules of a schema do.</summary>
/// <param name="Left">A column.</param>
/// <param name="Is">One of <c>&lt;</c>, <c>&lt;=</c>, <c>=</c>, <c>!=</c>, <c>&gt;=</c>, <c>&gt;</c>; texts compare by code point.</param>
/// <param name="Right">Another column of the same kind; null where there is a value.</param>
/// <param name="Value">A number, text or true or false; a date or timestamp is a text. Null where there is another column.</param>
/// <param name="KeepMissing">Whether rows stay in which a value is missing.</param>
public sealed record KeepWhere(
    [property: JsonRequired] string Left,
    [property: JsonRequired] string Is,
    string? Right = null,
    JsonElement? Value = null,
    bool KeepMissing = false
) : CurationStep
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Words => $"{Left} {Is} {Right ?? Value?.GetRawText()}";

    internal override string? Fault =>
        Is is not ("<" or "<=" or "=" or "!=" or ">=" or ">")
            ? $"'{Is}' is no comparison: use one of <, <=, =, !=, >=, >"
        : Right is null == Value is null ? "it wants either 'right' (a column) or 'value'"
        : Value
            is {
                ValueKind: not (
                    JsonValueKind.Number
                    or JsonValueKind.String
                    or JsonValueKind.True
                    or JsonValueKind.False
                )
            }
            ? "'value' is no number, text, true or false"
        : null;

    internal override StepRun Begin() => new WhereRun(this);
}

/// <summary>Keeps rows whose number lies in a range, both ends included. NaN lies in none.</summary>
/// <param name="Column">A column of numbers.</param>
/// <param name="Min">The least; null: any.</param>
/// <param name="Max">The greatest; null: any.</param>
/// <param name="KeepMissing">Whether rows without a number stay.</param>
public sealed record KeepRange(
    [property: JsonRequired] string Column,
    double? Min = null,
    double? Max = null,
    bool KeepMissing = false
) : CurationStep
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Words => FormattableString.Invariant($"{Column} from {Min} to {Max}");

    internal override string? Fault =>
        Min is null && Max is null ? "it wants 'min', 'max' or both"
        : Min > Max ? "'min' is greater than 'max'"
        : null;

    internal override StepRun Begin() => new RangeRun(this);
}

/// <summary>
/// Keeps one of the rows that are equal: in all columns, or in those of a key. Of rows with the same key the newest stays, or without a time one that
/// follows from what they hold, never from their order. A row in which a part of the key is missing equals no other.
/// </summary>
/// <param name="Key">The columns of the key; null: all, and a missing value is a value.</param>
/// <param name="NewestBy">The column of dates or timestamps; a row without one is older than any other.</param>
public sealed record KeepDistinct(IReadOnlyList<string>? Key = null, string? NewestBy = null) : CurationStep
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Words =>
        Key is null
            ? "one of equal rows"
            : $"one row of each {Names(Key)}{(NewestBy is null ? "" : $", the newest by {NewestBy}")}";

    internal override string? Fault =>
        Key is { Count: 0 } ? "'key' names no column"
        : Key is null && NewestBy is not null ? "'newestBy' wants a 'key'"
        : null;

    internal override StepRun Begin() => new DistinctRun(this);
}

/// <summary>Keeps a share of the rows (about that many), by a hash of a seed and of what they hold: neither order nor parts change which.</summary>
/// <param name="Share">Above 0 and at most 1.</param>
/// <param name="Seed">Another seed is another sample.</param>
/// <param name="Key">The columns that decide: all rows with the same key stay, or none; null: all columns.</param>
public sealed record KeepSample(
    [property: JsonRequired] double Share,
    [property: JsonRequired, JsonIgnore(Condition = JsonIgnoreCondition.Never)] long Seed,
    IReadOnlyList<string>? Key = null
) : CurationStep
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Words =>
        FormattableString.Invariant($"a share of {Share}{(Key is null ? "" : " by " + Names(Key))}, seed {Seed}");

    internal override string? Fault =>
        Share is not (> 0 and <= 1) ? "'share' is above 0 and at most 1"
        : Key is { Count: 0 } ? "'key' names no column"
        : null;

    internal override StepRun Begin() => new SampleRun(this);
}

/// <summary>Keeps at most so many rows of each group, chosen by a hash of a seed and of what they hold. A missing value is a group, too.</summary>
/// <param name="By">The columns of the group.</param>
/// <param name="Rows">The most rows, 1 to 1,000,000.</param>
/// <param name="Seed">Another seed is another choice.</param>
public sealed record KeepCapped(
    [property: JsonRequired] IReadOnlyList<string> By,
    [property: JsonRequired] int Rows,
    [property: JsonRequired, JsonIgnore(Condition = JsonIgnoreCondition.Never)] long Seed
) : CurationStep
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Words =>
        FormattableString.Invariant($"at most {Rows} rows of each {Names(By)}, seed {Seed}");

    internal override string? Fault =>
        By.Count == 0 ? "'by' names no column"
        : Rows is < 1 or > 1_000_000 ? "'rows' goes from 1 to 1000000"
        : null;

    internal override StepRun Begin() => new CapRun(this);
}
