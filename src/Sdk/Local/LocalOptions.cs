namespace Rondo.Sdk;

/// <summary>What a local run is asked to do.</summary>
internal sealed record LocalOptions
{
    /// <summary>Two: enough to see that branches run side by side, and few enough for any machine.</summary>
    public const int AtOnceDefault = 2;

    private const int AtOnceMax = 1000;

    public string? Pipeline { get; init; }

    public bool Sample { get; init; }

    public bool Fresh { get; init; }

    public bool Json { get; init; }

    public string Folder { get; init; } = Path.Combine(".rondo", "local");

    public int Seed { get; init; } = 1;

    /// <summary>How many steps run at once.</summary>
    public int AtOnce { get; init; } = AtOnceDefault;

    /// <summary>The partition that the run is for.</summary>
    public string? Partition { get; init; }

    /// <summary>The earlier run that this one goes on from.</summary>
    public string? Resume { get; init; }

    /// <summary>Dataset → files.</summary>
    public IReadOnlyDictionary<string, string> Data { get; init; } =
        new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Parameter → value as text.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } =
        new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Approval → answer as text.</summary>
    public IReadOnlyDictionary<string, string> Answers { get; init; } =
        new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Secret → value.</summary>
    public IReadOnlyDictionary<string, string> Secrets { get; init; } =
        new Dictionary<string, string>(StringComparer.Ordinal);

    public static LocalOptions Parse(IReadOnlyList<string> args)
    {
        var options = new LocalOptions();
        var pairs = new Dictionary<string, Dictionary<string, string>>(StringComparer.Ordinal);
        for (var index = 0; index < args.Count; index++)
        {
            var arg = args[index];
            options = arg switch
            {
                "--sample" => options with { Sample = true },
                "--fresh" => options with { Fresh = true },
                "--output" => options with { Json = Format(Next(args, ref index)) },
                "--folder" => options with { Folder = Next(args, ref index) },
                "--at-once" => options with { AtOnce = Count(arg, Next(args, ref index)) },
                "--partition" => options with { Partition = Next(args, ref index) },
                "--resume" => options with { Resume = Next(args, ref index) },
                "--data" or "--set" or "--answer" or "--secret" => Pair(options, arg, Next(args, ref index), pairs),
                _ => Name(options, arg),
            };
        }
        return Resumable(options) with
        {
            Data = Of(pairs, "--data"),
            Parameters = Of(pairs, "--set"),
            Answers = Of(pairs, "--answer"),
            Secrets = Of(pairs, "--secret"),
        };

        LocalOptions Resumable(LocalOptions given) =>
            given.Resume is null
            || (
                !given.Fresh
                && !given.Sample
                && given.Partition is null
                && Of(pairs, "--data").Count + Of(pairs, "--set").Count == 0
            )
                ? given
                : throw Bad(
                    "A run that goes on from another one has its data, parameters and partition.",
                    "Leave --data, --sample, --set, --partition and --fresh out, or start a run of its own without --resume."
                );
    }

    private static LocalOptions Name(LocalOptions options, string arg) =>
        arg.StartsWith('-') || options.Pipeline is not null
            ? throw Bad($"'{arg}' is not an option of 'run'.")
            : options with
            {
                Pipeline = arg,
            };

    private static string Next(IReadOnlyList<string> args, ref int index) =>
        ++index < args.Count ? args[index] : throw Bad($"The option '{args[index - 1]}' needs a value.");

    internal static bool Format(string format) =>
        format switch
        {
            "json" => true,
            "table" => false,
            _ => throw Bad($"There is no output format '{format}'.", "There are table and json."),
        };

    private static int Count(string option, string text) =>
        int.TryParse(text, out var count) && count is >= 1 and <= AtOnceMax
            ? count
            : throw Bad($"The option '{option}' needs a number from 1 to {AtOnceMax}, not '{text}'.");

    // The value is not repeated in the error: it may be a secret.
    private static LocalOptions Pair(
        LocalOptions options,
        string option,
        string text,
        Dictionary<string, Dictionary<string, string>> pairs
    )
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals < 1)
        {
            throw Bad(
                option == "--secret"
                    ? $"The option '{option}' needs NAME=VALUE."
                    : $"The option '{option}' needs NAME=VALUE, not '{text}'."
            );
        }
        if (!pairs.TryGetValue(option, out var into))
        {
            pairs.Add(option, into = new(StringComparer.Ordinal));
        }
        into[text[..equals]] = text[(equals + 1)..];
        return options;
    }

    private static IReadOnlyDictionary<string, string> Of(
        Dictionary<string, Dictionary<string, string>> pairs,
        string option
    ) => pairs.GetValueOrDefault(option) ?? new Dictionary<string, string>(StringComparer.Ordinal);

    private static RondoException Bad(string what, string mend = "Call it with 'help' to see how.") =>
        new(ErrorCode.InvalidArgument, what, mend);
}
