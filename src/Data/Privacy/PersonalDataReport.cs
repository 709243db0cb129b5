namespace Rondo.Data;

/// <summary>What a scan for personal data found. No value of the data stands in it, only masks.</summary>
/// <param name="Rows">How many rows were read.</param>
/// <param name="NotScanned">How many lines could not be read, and so were not looked at.</param>
/// <param name="Findings">What is there and was not declared, in the order of the columns.</param>
/// <param name="Declared">What is there as the schema says it is.</param>
public sealed record PersonalDataReport(
    long Rows,
    long NotScanned,
    IReadOnlyList<PersonalDataFinding> Findings,
    IReadOnlyList<PersonalDataFinding> Declared
);

/// <summary>One kind of personal data in one column.</summary>
/// <param name="Column">The column.</param>
/// <param name="Kind">What its values are.</param>
/// <param name="Values">How many values are not missing.</param>
/// <param name="Matches">How many of them match.</param>
/// <param name="Confidence">How sure that is.</param>
/// <param name="Reason">Why, in words with figures.</param>
/// <param name="Examples">At most three values, masked: <c>j••@••••••.org</c>. They do not depend on the order of rows.</param>
public sealed record PersonalDataFinding(
    string Column,
    PersonalDataKind Kind,
    long Values,
    long Matches,
    PersonalDataConfidence Confidence,
    string Reason,
    IReadOnlyList<string> Examples
)
{
    /// <summary>The share of the values that match, 0 to 1.</summary>
    public double Share => Values == 0 ? 0 : (double)Matches / Values;
}
