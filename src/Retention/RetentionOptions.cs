using System.Globalization;

namespace Rondo.Retention;

/// <summary>How long things are kept that nothing needs any more.</summary>
public sealed record RetentionOptions
{
    private const int DaysMax = 36_500;

    /// <summary>How long after they were last put or asked for bytes are kept, whoever needs them: longer than any step takes to publish.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromDays(1);

    /// <summary>How long what the steps of a run made is kept after its end. The newest success of each pipeline is kept longer.</summary>
    public TimeSpan Runs { get; init; } = TimeSpan.FromDays(90);

    /// <summary>How long results of steps may be used again.</summary>
    public TimeSpan Cache { get; init; } = TimeSpan.FromDays(90);

    /// <summary>How long what attempts and builds printed is kept.</summary>
    public TimeSpan Logs { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How long packages are kept after they were built. Those that are or were released last are kept longer.</summary>
    public TimeSpan Packages { get; init; } = TimeSpan.FromDays(90);

    /// <summary>The time from one look to the next.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// Reads <c>RONDO_KEEP_RUNS</c>, <c>RONDO_KEEP_CACHE</c>, <c>RONDO_KEEP_LOGS</c> and <c>RONDO_KEEP_PACKAGES</c>, each a number of days, and
    /// <c>RONDO_GC_GRACE</c>, a number of hours.
    /// </summary>
    public static RetentionOptions FromEnvironment(Func<string, string?> read)
    {
        var otherwise = new RetentionOptions();
        return otherwise with
        {
            Runs = Days("RONDO_KEEP_RUNS", otherwise.Runs),
            Cache = Days("RONDO_KEEP_CACHE", otherwise.Cache),
            Logs = Days("RONDO_KEEP_LOGS", otherwise.Logs),
            Packages = Days("RONDO_KEEP_PACKAGES", otherwise.Packages),
            Grace = Whole("RONDO_GC_GRACE", 24 * DaysMax) is { } hours ? TimeSpan.FromHours(hours) : otherwise.Grace,
        };

        TimeSpan Days(string name, TimeSpan days) => Whole(name, DaysMax) is { } set ? TimeSpan.FromDays(set) : days;

        int? Whole(string name, int most) =>
            read(name) is not { Length: > 0 } text ? null
            : int.TryParse(text, CultureInfo.InvariantCulture, out var whole) && whole >= 1 && whole <= most ? whole
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                $"{name} is '{text}'.",
                $"Set it to a whole number from 1 to {most}, or leave it out."
            );
    }
}
