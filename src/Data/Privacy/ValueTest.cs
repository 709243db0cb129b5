namespace Rondo.Data;

/// <summary>What a test says of a value.</summary>
internal enum Verdict
{
    /// <summary>It has another form.</summary>
    No,

    /// <summary>It has the form, and does not pass the check.</summary>
    Fails,

    /// <summary>It has the form, and passes the check where there is one.</summary>
    Passes,
}

/// <summary>How a kind of value is recognised.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="What">What it is, for people: <c>an IBAN</c>.</param>
/// <param name="Judge">Looks at one value.</param>
internal sealed record ValueTest(PersonalDataKind Kind, string What, Func<ScannedText, Verdict> Judge)
{
    /// <summary>The name of the check, and the chance that a value of this form which is something else passes it; null where there is none.</summary>
    public (string Name, double Chance)? Check { get; init; }

    /// <summary>The greatest probability that as many different values pass by chance, where the column's name says nothing.</summary>
    public double ChanceMax { get; init; } = 1e-4;

    /// <summary>Without a check: the least share of values, where the column's name says nothing. 0: one value is enough.</summary>
    public double ShareMin { get; init; }

    /// <summary>Whether the column's name must say so: the form alone is that of other things, too.</summary>
    public bool NeedsHint { get; init; }

    /// <summary>Whether whole numbers are looked at, as their digits.</summary>
    public bool OfNumbers { get; init; }

    /// <summary>Whether it is looked for inside longer texts, too.</summary>
    public bool InTexts { get; init; }
}
