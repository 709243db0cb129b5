namespace Rondo.Sdk;

/// <summary>Checks cron lines where they are declared, so that a mistake is not first seen at night.</summary>
internal static class CronLine
{
    private static readonly Field[] Fields =
    [
        new("minute", 0, 59, []),
        new("hour", 0, 23, []),
        new("day of month", 1, 31, []),
        new("month", 1, 12, ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]),
        new("day of week", 0, 7, ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]),
    ];

    public static void Check(string cron)
    {
        var parts = cron.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != Fields.Length)
        {
            throw Bad(cron, $"it has {parts.Length} fields");
        }
        for (var index = 0; index < parts.Length; index++)
        {
            foreach (var item in parts[index].Split(','))
            {
                CheckItem(cron, item, Fields[index]);
            }
        }
    }

    public static void CheckTimeZone(string timeZone)
    {
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(timeZone, out _))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"The time zone '{timeZone}' is not known.",
                "Give an IANA name such as 'UTC' or 'America/Chicago'; the machine needs its time zone data (package tzdata)."
            );
        }
    }

    private static void CheckItem(string cron, string item, Field field)
    {
        var slash = item.Split('/');
        if (slash.Length > 2 || (slash.Length == 2 && (!int.TryParse(slash[1], out var step) || step < 1)))
        {
            throw Bad(cron, $"'{item}' is not a {field.Name}");
        }
        if (slash[0] == "*")
        {
            return;
        }
        var range = slash[0].Split('-');
        if (range.Length > 2 || range.Any(value => field.Number(value) is null))
        {
            throw Bad(cron, $"'{item}' is not a {field.Name} from {field.Min} to {field.Max}");
        }
        if (range.Length == 2 && field.Number(range[0]) > field.Number(range[1]))
        {
            throw Bad(cron, $"the range '{slash[0]}' runs backwards");
        }
    }

    private static RondoException Bad(string cron, string why) =>
        new(
            ErrorCode.InvalidArgument,
            $"The cron line '{cron}' is not valid: {why}.",
            "Give five fields: minute, hour, day of month, month, day of week; for example '0 3 * * *' for every day at 3:00."
        );

    private sealed record Field(string Name, int Min, int Max, string[] Words)
    {
        public int? Number(string text)
        {
            var word = Array.FindIndex(Words, known => known.Equals(text, StringComparison.OrdinalIgnoreCase));
            if (word >= 0)
            {
                return word + (Words.Length == 12 ? 1 : 0);
            }
            return text.All(char.IsAsciiDigit) && int.TryParse(text, out var number) && number >= Min && number <= Max
                ? number
                : null;
        }
    }
}
