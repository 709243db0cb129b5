using System.Globalization;

namespace Rondo.Pipelines;

/// <summary>Limits of the orchestrator.</summary>
public sealed record PipelinesOptions
{
    /// <summary>The environment variable that says what accelerators this machine has.</summary>
    public const string AcceleratorsVariable = "RONDO_ACCELERATORS";

    private const string AttemptsVariable = "RONDO_ATTEMPTS";
    private const string SilenceVariable = "RONDO_WORKER_SILENCE";
    private const int SilenceSecondsMin = 5;
    private const int NumberMax = 10_000;

    /// <summary>How long an attempt may be silent before it counts as lost.</summary>
    public TimeSpan AttemptLease { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How often a step is begun again because its server or executor was lost. Losses are not the step's failures.</summary>
    public int LossesMax { get; init; } = 10;

    /// <summary>The wait before the second attempt after a failure; it doubles each time, up to <see cref="RetryDelayMax"/>.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait before another attempt.</summary>
    public TimeSpan RetryDelayMax { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The most attempts that may be under way on this server for a step to be begun in the commit that ends the one before it. Where
    /// there are more, commits are shared among them anyway. 0: never.
    /// </summary>
    public int ChainedAttemptsMax { get; init; } = 4;

    /// <summary>How long an idle worker process is kept.</summary>
    public TimeSpan WorkerIdle { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a worker process may take to say that it is ready.</summary>
    public TimeSpan WorkerStart { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a worker process may be silent during an attempt before it counts as dead. It says a word every two seconds.</summary>
    public TimeSpan WorkerSilence { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Environment variables of the server that steps see, besides those that every program needs (search path, proxies, CUDA, Python
    /// and the like). Everything else of the server's environment is kept from them.
    /// </summary>
    public IReadOnlyList<string> PassedEnvironment { get; init; } = [];

    /// <summary>The most attempts that run at once on this machine.</summary>
    public int LocalAttemptsMax { get; init; } = Environment.ProcessorCount;

    /// <summary>The cores that attempts on this machine may ask for, all together.</summary>
    public double LocalCores { get; init; } = Environment.ProcessorCount;

    /// <summary>The bytes of memory that attempts on this machine may ask for, all together. Default: four fifths of the machine's.</summary>
    public long LocalMemoryBytes { get; init; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 5 * 4;

    /// <summary>The accelerators of this machine: name → how many. Default: none.</summary>
    public IReadOnlyDictionary<string, int> LocalAccelerators { get; init; } =
        new Dictionary<string, int>(StringComparer.Ordinal);

    /// <summary>
    /// Reads what an administrator says of this machine: <c>RONDO_ATTEMPTS</c>, a number; <c>RONDO_WORKER_SILENCE</c>, seconds;
    /// <c>RONDO_ACCELERATORS</c>, such as <c>gpu=2,tpu=1</c>; <c>RONDO_PASS_ENVIRONMENT</c>, the names of variables that steps may see,
    /// with commas between them.
    /// </summary>
    public static PipelinesOptions FromEnvironment(Func<string, string?> read)
    {
        var otherwise = new PipelinesOptions();
        return otherwise with
        {
            LocalAttemptsMax = read(AttemptsVariable) is { Length: > 0 } text
                ? Number(AttemptsVariable, text, text)
                : otherwise.LocalAttemptsMax,
            WorkerSilence = read(SilenceVariable) is { Length: > 0 } seconds
                ? TimeSpan.FromSeconds(Number(SilenceVariable, seconds, seconds, SilenceSecondsMin))
                : otherwise.WorkerSilence,
            LocalAccelerators = Words(AcceleratorsVariable)
                .GroupBy(word => word.Split('=')[0].Trim(), StringComparer.Ordinal)
                .ToDictionary(
                    kind => kind.Key,
                    kind =>
                        Number(
                            AcceleratorsVariable,
                            string.Join(',', kind),
                            kind.Count() == 1 ? NumberIn(kind.First()) : ""
                        ),
                    StringComparer.Ordinal
                ),
            PassedEnvironment = [.. Words("RONDO_PASS_ENVIRONMENT")],
        };

        string[] Words(string variable) =>
            (read(variable) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    private static string NumberIn(string word) => word.Split('=') is [_, var number] ? number.Trim() : "";

    private static int Number(string variable, string word, string text, int least = 1) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number >= least
        && number <= NumberMax
            ? number
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                $"{variable} is '{word}'.",
                variable is AttemptsVariable or SilenceVariable
                    ? $"Set it to a whole number from {least} to {NumberMax}, or leave it out."
                    : "Name each kind once and say how many there are: gpu=2,tpu=1."
            );
}
