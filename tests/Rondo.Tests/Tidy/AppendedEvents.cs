using System.Text.RegularExpressions;

namespace Rondo.Tests.Tidy;

/// <summary>The types of events that the platform appends, as they stand in its sources.</summary>
internal static partial class AppendedEvents
{
    public static IReadOnlyList<string> Types { get; } =
    [
        .. Repository
            .Sources("src")
            .SelectMany(file => EventType().Matches(File.ReadAllText(file)).Select(match => match.Groups["type"].Value))
            .Distinct()
            .Order(StringComparer.Ordinal),
    ];

    [GeneratedRegex("""(const string [A-Za-z]*Type = |new NewEvent\(\s*)"(?<type>[a-z]+\.[a-z.-]+)""")]
    private static partial Regex EventType();
}
