using System.Globalization;

namespace Rondo.Tracking.Runs;

/// <summary>Names for runs that came without one: two words and a number, made of the run's id.</summary>
internal static class RunNames
{
    private static readonly string[] s_adjectives =
    [
        "amber",
        "brisk",
        "calm",
        "daring",
        "early",
        "fair",
        "gentle",
        "hardy",
        "ideal",
        "jolly",
        "keen",
        "light",
        "merry",
        "noble",
        "open",
        "proud",
        "quiet",
        "rapid",
        "steady",
        "tidy",
        "upbeat",
        "vivid",
        "warm",
        "young",
    ];

    private static readonly string[] s_nouns =
    [
        "anchor",
        "bridge",
        "canyon",
        "delta",
        "ember",
        "falcon",
        "garden",
        "harbor",
        "island",
        "juniper",
        "kestrel",
        "lagoon",
        "meadow",
        "nectar",
        "otter",
        "prairie",
        "quartz",
        "river",
        "sparrow",
        "tundra",
        "valley",
        "willow",
    ];

    public static string Of(string id)
    {
        var bits = uint.Parse(id.AsSpan(0, 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        var (rest, number) = Math.DivRem(bits, 1000u);
        var (other, adjective) = Math.DivRem(rest, (uint)s_adjectives.Length);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{s_adjectives[adjective]}-{s_nouns[other % s_nouns.Length]}-{number}"
        );
    }
}
