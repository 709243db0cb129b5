using System.Globalization;
using System.Text.Json;
using Rondo.Kernel;

namespace Rondo.Cli.Output;

/// <summary>Times as a person reads them: in UTC, to the second.</summary>
internal static class Times
{
    public static string? Short(JsonElement? value)
    {
        if (value is not { } element)
        {
            return null;
        }

        var at =
            element.ValueKind == JsonValueKind.Number
                ? UnixTime.At(element.GetInt64())
                : DateTimeOffset.Parse(
                    element.GetString()!,
                    CultureInfo.InvariantCulture,
                    DateTimeStyles.AssumeUniversal
                );
        return at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
    }

    public static string Seconds(TimeSpan duration) =>
        duration.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture) + " s";
}
