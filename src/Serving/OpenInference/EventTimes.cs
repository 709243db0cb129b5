using System.Globalization;

namespace Rondo.Serving.OpenInference;

/// <summary>Reads the time of what is predicted: a date, or a date and time; UTC where no offset is given.</summary>
internal static class EventTimes
{
    public static DateTimeOffset Parse(string text)
    {
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
        {
            return new DateTimeOffset(date.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
        }

        return
            text.Length > 10
            && text[4] == '-'
            && DateTimeOffset.TryParse(
                text,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                out var time
            )
            ? time
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'parameters.event_time' is '{text}'.",
                "Send an ISO 8601 date (2010-03-01) or time (2010-03-01T06:00:00Z)."
            );
    }
}
