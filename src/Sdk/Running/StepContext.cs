namespace Rondo.Sdk;

/// <summary>What a step may use besides its inputs and arguments.</summary>
public sealed class StepContext
{
    internal const string DroppedPrefix = "rows.dropped.";

    private readonly Dictionary<string, double> _metrics = new(StringComparer.Ordinal);
    private readonly TextWriter _log;
    private readonly string _workFolder;
    private int _number;
    private bool _hasWorkFolder;

    internal StepContext(string workFolder, int seed, int threads, TextWriter log)
    {
        _workFolder = workFolder;
        Seed = seed;
        Threads = threads;
        Random = new Random(seed);
        _log = log;
    }

    /// <summary>The seed of the attempt: equal for equal inputs, so that a result can be made again.</summary>
    public int Seed { get; }

    /// <summary>How many threads the attempt may use.</summary>
    public int Threads { get; }

    /// <summary>Random numbers from <see cref="Seed"/>.</summary>
    public Random Random { get; }

    /// <summary>A folder of the attempt's own, deleted when it ends.</summary>
    public string WorkFolder
    {
        get
        {
            // Made when it is wanted: most steps do not want it.
            if (!_hasWorkFolder)
            {
                Directory.CreateDirectory(_workFolder);
                _hasWorkFolder = true;
            }
            return _workFolder;
        }
    }

    /// <summary>Cancelled when the attempt takes too long or is no longer wanted.</summary>
    public CancellationToken Cancellation { get; internal init; }

    /// <summary>The metrics so far.</summary>
    public IReadOnlyDictionary<string, double> Metrics => _metrics;

    internal ContentStore? Store { get; init; }

    /// <summary>Where lines that complain go; null: where the others go.</summary>
    internal TextWriter? ErrorLog { get; init; }

    /// <summary>Writes a line to the attempt's log.</summary>
    public void Log(string line)
    {
        lock (_log)
        {
            _log.WriteLine(line);
        }
    }

    /// <summary>Writes a line to the attempt's log, as one that complains.</summary>
    internal void LogError(string line)
    {
        var log = ErrorLog ?? _log;
        lock (log)
        {
            log.WriteLine(line);
        }
    }

    /// <summary>Records a number about the attempt; the last value of a name holds.</summary>
    public void Metric(string name, double value)
    {
        lock (_metrics)
        {
            _metrics[name] = value;
        }
    }

    /// <summary>
    /// Says that rows which the step took are in none of the tables that it makes, and why: <c>context.Dropped(12, "without a price")</c>.
    /// Rows that are lost without a word are told to somebody where they are more than usual (<c>rondo runs rows</c>). Adds up by reason.
    /// </summary>
    public void Dropped(long rows, string reason)
    {
        if (rows < 0 || string.IsNullOrWhiteSpace(reason))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"{rows} rows cannot be dropped for the reason '{reason}'.",
                "Give 0 or more rows and a reason."
            );
        }
        lock (_metrics)
        {
            var name = DroppedPrefix + reason;
            _metrics[name] = _metrics.GetValueOrDefault(name) + rows;
        }
    }

    /// <summary>
    /// Ends the attempt, and the run, by decision and not by fault: <c>throw context.Stop("…", "…")</c>. What is passed as
    /// <paramref name="keep"/> is recorded as the outputs of those names.
    /// </summary>
    public StepStoppedException Stop(string what, string? mend = null, params (string Port, object Value)[] keep) =>
        new(what, mend, keep);

    internal int NextNumber() => Interlocked.Increment(ref _number);
}

/// <summary>A step's decision that the run should end here. Made by <see cref="StepContext.Stop"/>.</summary>
public sealed class StepStoppedException : Exception
{
    internal StepStoppedException(string what, string? mend, IReadOnlyList<(string Port, object Value)> keep)
        : base(what)
    {
        Mend = mend;
        Keep = keep;
    }

    /// <summary>What to do about it.</summary>
    public string? Mend { get; }

    internal IReadOnlyList<(string Port, object Value)> Keep { get; }
}
