namespace Rondo.Sdk;

/// <summary>What a local run is asked to do.</summary>
internal sealed record LocalOptions
{
    public string? Pipeline { get; init; }

    public bool Sample { get; init; }

    public bool Fresh { get; init; }

    public bool Json { get; init; }

    public string Folder { get; init; } = Path.Combine(".rondo", "local");

    public int Seed { get; init; } = 1;

    /// <summary>Dataset → files.</summary>
    public IReadOnlyDictionary<string, string> Data { get; init; } =
        new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Parameter → value as text.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } =
        new Dictionary<string, string>(StringComparer.Ordinal);

    public static LocalOptions Parse(IReadOnlyList<string> args)
    {
        var options = new LocalOptions();
        var data = new Dictionary<string, string>(StringComparer.Ordinal);
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var index = 0; index < args.Count; index++)
        {
            var arg = args[index];
            switch (arg)
            {
                case "--sample":
                    options = options with { Sample = true };
                    break;
                case "--fresh":
                    options = options with { Fresh = true };
                    break;
                case "--output":
                    options = options with { Json = Format(Next(args, ref index)) };
                    break;
                case "--folder":
                    options = options with { Folder = Next(args, ref index) };
                    break;
                case "--data":
                    Pair(arg, Next(args, ref index), data);
                    break;
                case "--set":
                    Pair(arg, Next(args, ref index), parameters);
                    break;
                default:
                    options = Name(options, arg);
                    break;
            }
        }
        return options with { Data = data, Parameters = parameters };
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

    private static bool Format(string format) =>
        format switch
        {
            "json" => true,
            "table" => false,
            _ => throw Bad($"There is no output format '{format}'; there are table and json."),
        };

    private static void Pair(string option, string text, Dictionary<string, string> into)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals < 1)
        {
            throw Bad($"The option '{option}' needs NAME=VALUE, not '{text}'.");
        }
        into[text[..equals]] = text[(equals + 1)..];
    }

    private static RondoException Bad(string what) =>
        new(ErrorCode.InvalidArgument, what, "Call it with 'help' to see how.");
}
