using System.Globalization;

namespace TransitDemand.Replay;

/// <summary>What to replay, and against which server.</summary>
internal sealed record Options
{
    public const string Usage = """
        usage: dotnet Replay.dll --server URL --data FILE [options]

          --project NAME        the project on the server (transit)
          --dataset NAME        the dataset that true rows are pushed to (station-days)
          --pipeline NAME       the pipeline that trains on it (train-demand)
          --endpoint NAME       the endpoint that is asked (station-demand)
          --also NAME           another endpoint that is asked the same: the frozen first model
          --from DATE           the first day (2005-01-01)
          --to DATE             the last day (the last of the data)
          --truth-lag DAYS      after how many days a true count is known (3)
          --push-every PERIOD   days of a period, or month, or quarter (91): then its true rows are pushed
          --break-period PERIOD a date, or a quarter such as 2008Q2: the period around its middle is pushed without a column first
          --rollout-day-ms MS   how long a day lasts at least while a rollout moves traffic (25)
          --output json         prints one JSON document instead of a table
        """;

    public required Uri Server { get; init; }

    public required string Data { get; init; }

    public string Project { get; init; } = "transit";

    public string Dataset { get; init; } = "station-days";

    public string Pipeline { get; init; } = "train-demand";

    public string Endpoint { get; init; } = "station-demand";

    public string? Also { get; init; }

    public DateOnly From { get; init; } = new(2005, 1, 1);

    public DateOnly To { get; init; } = DateOnly.MaxValue;

    public int TruthLagDays { get; init; } = 3;

    public string PushEvery { get; init; } = "91";

    public DateOnly? BreakAt { get; init; }

    public int RolloutDayMs { get; init; } = 25;

    public bool Json { get; init; }

    public IReadOnlyList<string> Endpoints => Also is null ? [Endpoint] : [Endpoint, Also];

    /// <exception cref="FormatException">An option is unknown or its value cannot be read; the message says which.</exception>
    public static Options Parse(IReadOnlyList<string> args)
    {
        var options = new Options { Server = new Uri("http://127.0.0.1:0"), Data = "" };
        for (var index = 0; index < args.Count; index += 2)
        {
            var value =
                index + 1 < args.Count ? args[index + 1] : throw new FormatException($"{args[index]} needs a value.");
            try
            {
                options = With(options, args[index], value);
            }
            catch (Exception e) when (e is FormatException or UriFormatException)
            {
                throw new FormatException($"{args[index]} {value}: {e.Message}", e);
            }
        }
        if (options.Data.Length == 0 || options.Server.Port == 0)
        {
            throw new FormatException("--server and --data are needed.");
        }
        return options;
    }

    private static Options With(Options options, string name, string value) =>
        name switch
        {
            "--server" => options with { Server = new Uri(value) },
            "--data" => options with { Data = value },
            "--project" => options with { Project = value },
            "--dataset" => options with { Dataset = value },
            "--pipeline" => options with { Pipeline = value },
            "--endpoint" => options with { Endpoint = value },
            "--also" => options with { Also = value },
            "--from" => options with { From = Date(value) },
            "--to" => options with { To = Date(value) },
            "--truth-lag" => options with { TruthLagDays = Number(value) },
            "--push-every" => options with { PushEvery = value },
            "--break-period" => options with { BreakAt = MiddleOf(value) },
            "--rollout-day-ms" => options with { RolloutDayMs = Number(value) },
            "--output" => options with { Json = value == "json" },
            _ => throw new FormatException("there is no such option."),
        };

    private static DateOnly Date(string text) => DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    // Periods of 91 days drift against quarters: the middle of the quarter names one of them without doubt.
    private static DateOnly MiddleOf(string text) =>
        text is [_, _, _, _, 'Q', >= '1' and <= '4']
            ? new DateOnly(Number(text[..4]), ((text[5] - '1') * 3) + 2, 15)
            : Date(text);
}
