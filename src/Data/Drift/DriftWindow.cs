using System.Globalization;
using System.Text.Json.Serialization;

namespace Rondo.Data;

/// <summary>How many rows are compared at a time: those of so many days of event time, or so many one after the other. One of the two is 0.</summary>
public sealed record DriftWindow
{
    private const int SizeMax = 1_000_000_000;

    /// <summary>Days of event time (UTC); 0: the window is of rows.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Days { get; init; }

    /// <summary>Rows; 0: the window is of days.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Rows { get; init; }

    /// <summary>Windows of so many days.</summary>
    /// <exception cref="RondoException">There is no day in it.</exception>
    public static DriftWindow OfDays(int days) => new() { Days = Checked(days) };

    /// <summary>Windows of so many rows.</summary>
    /// <exception cref="RondoException">There is no row in it.</exception>
    public static DriftWindow OfRows(int rows) => new() { Rows = Checked(rows) };

    /// <summary>Reads <c>day</c>, <c>week</c>, <c>30d</c> (days) or <c>500</c> (rows).</summary>
    /// <exception cref="RondoException">It is none of these.</exception>
    public static DriftWindow Parse(string text) =>
        text switch
        {
            "day" => OfDays(1),
            "week" => OfDays(7),
            [.. var days, 'd'] when TryNumber(days, out var number) => OfDays(number),
            _ when TryNumber(text, out var number) => OfRows(number),
            _ => throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{text}' is no window.",
                "Write day, week, a number of days such as 30d, or a number of rows such as 500."
            ),
        };

    /// <summary>For people: <c>7 days</c>, <c>500 rows</c>.</summary>
    public override string ToString() => Days > 0 ? Counted(Days, "day") : Counted(Rows, "row");

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static string Counted(int count, string noun) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? "" : "s")}");

    private static int Checked(int size) =>
        size is > 0 and <= SizeMax
            ? size
            : throw Samples.Refuse($"A window of {size} holds nothing.", "Give at least one day or one row.");
}
