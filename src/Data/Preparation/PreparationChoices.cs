namespace Rondo.Data;

/// <summary>What a missing value is filled with.</summary>
public sealed record Fill
{
    private Fill(FillKind kind, Column? constant = null)
    {
        Kind = kind;
        Value = constant;
    }

    /// <summary>The mean of the training rows; the column becomes one of numbers.</summary>
    public static Fill Mean { get; } = new(FillKind.Mean);

    /// <summary>Their median; the column becomes one of numbers.</summary>
    public static Fill Median { get; } = new(FillKind.Median);

    /// <summary>The value that most of them have; of several the least.</summary>
    public static Fill MostFrequent { get; } = new(FillKind.MostFrequent);

    internal FillKind Kind { get; }

    internal Column? Value { get; }

    internal static Fill Stored(FillKind kind, Column? constant)
    {
        NumberStep.Require(
            (kind == FillKind.Constant) == (constant is { Count: 1 }),
            "there is not one value to fill with"
        );
        return new(kind, constant);
    }

    /// <summary>A number.</summary>
    public static Fill Constant(double value) => new(FillKind.Constant, Column.Of("value", [value]));

    /// <summary>A whole number.</summary>
    public static Fill Constant(long value) => new(FillKind.Constant, Column.Of("value", [value]));

    /// <summary>A text.</summary>
    public static Fill Constant(string value) => new(FillKind.Constant, Column.Of("value", new[] { value }));

    /// <summary>True or false.</summary>
    public static Fill Constant(bool value) => new(FillKind.Constant, Column.Of("value", new bool?[] { value }));
}

internal enum FillKind
{
    Mean,
    Median,
    MostFrequent,
    Constant,
}

/// <summary>To what numbers are scaled: (x − centre) / width. Where the width is 0 it is taken as 1.</summary>
public enum Scaling
{
    /// <summary>By the mean and the standard deviation of the sample (n − 1).</summary>
    Standard,

    /// <summary>To 0 for the least and 1 for the greatest.</summary>
    MinMax,

    /// <summary>By the median and the distance of the quartiles (type 7).</summary>
    Robust,
}

/// <summary>What becomes of a category that the training rows did not have.</summary>
public enum UnknownCategory
{
    /// <summary>It is no category: all zeros, or missing.</summary>
    Ignore,

    /// <summary>It is an error.</summary>
    Refuse,
}

/// <summary>How words of a text are weighed.</summary>
public enum WordWeight
{
    /// <summary>How often the word occurs.</summary>
    Count,

    /// <summary>Times ln((1 + n) / (1 + d)) + 1, where d of n training texts have the word; not normalized.</summary>
    TfIdf,
}

/// <summary>How classes are brought to the same number of rows.</summary>
public enum Balancing
{
    /// <summary>Rows of larger classes are left out.</summary>
    Down,

    /// <summary>Rows of smaller classes come several times.</summary>
    Up,
}

/// <summary>What is taken from a moment, in UTC. Numbers, and as sine and cosine of the place in the cycle.</summary>
[Flags]
public enum DateParts
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The year.</summary>
    Year = 1,

    /// <summary>1 to 12.</summary>
    Month = 2,

    /// <summary>The day of the month, 1 to 31.</summary>
    Day = 4,

    /// <summary>1 for Monday to 7 for Sunday (ISO 8601).</summary>
    Weekday = 8,

    /// <summary>0 to 23.</summary>
    Hour = 16,

    /// <summary>1 on Saturday and Sunday, 0 otherwise.</summary>
    Weekend = 32,

    /// <summary>The month on a circle.</summary>
    MonthCycle = 64,

    /// <summary>The day of the week on a circle.</summary>
    WeekdayCycle = 128,

    /// <summary>The hour on a circle.</summary>
    HourCycle = 256,
}
