using System.Collections.Concurrent;
using System.Globalization;
using System.Threading.Channels;

namespace Rondo.Sdk;

/// <summary>
/// One try of something, told to a Rondo server while it goes: params, metrics, tags, artifacts and datasets. Calls return at once: what they
/// tell is written to a spool file in the background, and sent from there. A server that is away slows nothing and loses nothing; what a
/// process leaves behind is sent by the next run, or by <c>rondo tracking flush</c>. Any number of threads may tell at once.
/// </summary>
/// <example><code>
/// await using var run = TrackedRun.Start("demand", "boosted");
/// run.Param("learningRate", 0.1);
/// run.Metric("loss", 0.25, step: 1);
/// </code></example>
/// <remarks>Disposing ends the run as finished, or as failed after <see cref="Fail"/>; a call after that is an error. A run that nobody disposes ends with
/// the program: as failed where that has another exit code than 0 or ends by an exception, and as killed where it is killed.</remarks>
public sealed class TrackedRun : IAsyncDisposable, IDisposable
{
    private const int ParamsMax = 10_000;
    private const int ArtifactFilesMax = 10_000;
    private const int BackOffDoublingsMax = 5;
    private static readonly TimeSpan s_endWaitWhenAway = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, string> _params = new(StringComparer.Ordinal);
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );
    private readonly CancellationTokenSource _stop = new();
    private readonly TrackingSettings _settings;
    private readonly SpoolStart _start;
    private readonly SpoolFile _file;
    private readonly SpoolQueue _queue;
    private readonly TrackingApi _api;
    private readonly RunSender _sender;
    private readonly Task _background;
    private int _artifacts;
    private int _failed;
    private int _ended;
    private bool _endedByProgram;

    private TrackedRun(TrackingSettings settings, SpoolStart start, bool sendsLeftOvers)
    {
        _settings = settings;
        _start = start;
        _api = new TrackingApi(settings);
        _file = SpoolFile.Create(settings, start);
        _queue = new SpoolQueue(_file, settings, () => _wake.Writer.TryWrite(true));
        _sender = new RunSender(_file, start, _api, settings.Warn);
        _wake.Writer.TryWrite(true);
        OpenRuns.Add(this);
        LeftOvers = sendsLeftOvers ? Task.Run(SendLeftOversAsync) : Task.CompletedTask;
        _background = Task.WhenAll(Task.Run(SendAlwaysAsync), LeftOvers);
    }

    /// <summary>The run's id: 32 hexadecimal digits, those by which MLflow's clients find it too.</summary>
    public string Id => _start.Run;

    /// <summary>The name of the experiment.</summary>
    public string Experiment => _start.Experiment;

    /// <summary>How many things told were neither kept nor taken by the server: the spool was full or broken, or the server has refused them.</summary>
    public long Dropped => _queue.Dropped + _sender.Refused;

    /// <summary>Ends when what other processes have left behind was looked at.</summary>
    internal Task LeftOvers { get; }

    /// <summary>
    /// Starts a run. It is on the server as soon as that can be reached; nothing waits for it. The experiment is made where it is missing, and
    /// a run without a name gets one.
    /// </summary>
    /// <param name="experiment">The experiment's name, at most 500 characters.</param>
    /// <param name="name">The run's name.</param>
    /// <param name="settings">Where to tell it to; by default what the environment says.</param>
    /// <exception cref="RondoException">A name or an address cannot be, or the spool folder cannot be written.</exception>
    public static TrackedRun Start(string experiment, string? name = null, TrackingSettings? settings = null)
    {
        TrackingRules.CheckName(experiment, "The name of an experiment", TrackingRules.ExperimentCharsMax);
        return Begin((settings ?? new TrackingSettings()).Resolved(), experiment, name, parent: null);
    }

    /// <summary>Starts a run below this one, in the same experiment: one trial of a search. It has an end of its own.</summary>
    /// <exception cref="RondoException">The name cannot be.</exception>
    public TrackedRun Child(string? name = null)
    {
        _ = IsOver();
        return Begin(_settings, Experiment, name, Id);
    }

    /// <summary>Logs one param. A value becomes text that is the same on every machine; null is the empty text.</summary>
    /// <exception cref="RondoException">The key cannot be, the text has more than 6000 characters, or the param has another value already.</exception>
    public void Param(string key, object? value) => Add([(key, TrackedMembers.Text(value))]);

    /// <summary>
    /// Logs many params at once: the entries of a dictionary, or the public properties and fields of any other object that are simple (texts,
    /// numbers, booleans, enumerations, times) or lists of such, such as the options of an ML.NET trainer. Options and records inside are logged below
    /// the name of their member (<c>Booster.L2Regularization</c>), and which booster it is as <c>Booster</c>. What is null is left out.
    /// </summary>
    /// <param name="options">The dictionary or object.</param>
    /// <param name="prefix">What stands before every key, such as <c>trainer.</c>.</param>
    /// <exception cref="RondoException">As for <see cref="Param"/>; also where nothing simple is found, or a property throws. Then none is logged.</exception>
    public void Params(object options, string prefix = "") => Add(TrackedMembers.Params(options, prefix));

    /// <summary>Logs one point of a metric, at the time of this call. NaN and the infinities are values.</summary>
    /// <param name="key">The metric's key.</param>
    /// <param name="value">Its value.</param>
    /// <param name="step">Where in the training this is: an iteration, an epoch.</param>
    /// <exception cref="RondoException">The key cannot be.</exception>
    public void Metric(string key, double value, long step = 0)
    {
        TrackingRules.CheckKey(key, "metric");
        _queue.Add(PointOf(key, value, step, Now()));
    }

    /// <summary>
    /// Logs points of many metrics, all at one step and time: the entries of a dictionary, or the public properties and fields of any other
    /// object that are numbers, such as the metrics of an ML.NET evaluation.
    /// </summary>
    /// <exception cref="RondoException">A key cannot be, no number is found, or a property throws. Then none is logged.</exception>
    public void Metrics(object metrics, long step = 0)
    {
        var points = TrackedMembers.Metrics(metrics);
        foreach (var (key, _) in points)
        {
            TrackingRules.CheckKey(key, "metric");
        }

        var now = Now();
        foreach (var (key, value) in points)
        {
            _queue.Add(PointOf(key, value, step, now));
        }
    }

    /// <summary>Sets a tag; of two with one key the later stays.</summary>
    /// <exception cref="RondoException">The key cannot be, or the value has more than 8000 characters.</exception>
    public void Tag(string key, string value)
    {
        TrackingRules.CheckKey(key, "tag");
        TrackingRules.CheckLength(value, $"The value of the tag '{key}'", TrackingRules.TagCharsMax);
        _queue.Add(new SpoolOperation(SpoolOperationKind.Tag, key, Now()) { Text = value });
    }

    /// <summary>
    /// Puts a file, or all files of a folder, among the run's artifacts. They are copied into the spool before this returns, as they are now:
    /// the program may change or delete them after it.
    /// </summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="folder">Where among the artifacts it goes; by default at their top.</param>
    /// <exception cref="RondoException">There is no such file, the path says nothing, or the name on the server cannot be.</exception>
    public void Artifact(string path, string folder = "")
    {
        TrackingRules.CheckName(path, "The path of a file that is to be an artifact", TrackingRules.FilePathCharsMax);
        ArgumentNullException.ThrowIfNull(folder);
        if (IsOver())
        {
            return;
        }

        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (!File.Exists(full) && !Directory.Exists(full))
        {
            throw new RondoException(ErrorCode.NotFound, $"There is no file or folder {full} to be an artifact.");
        }

        var files = FilesOf(full);
        if (files.Count > ArtifactFilesMax)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"{full} has more than {ArtifactFilesMax} files.",
                "Pack them into one."
            );
        }

        var above = Path.GetDirectoryName(full)!;
        TrackingRules.ArtifactPath(folder, Path.GetFileName(full));
        foreach (var file in files)
        {
            var name = Path.GetRelativePath(above, file).Replace(Path.DirectorySeparatorChar, '/');
            try
            {
                Keep(file, TrackingRules.ArtifactPath(folder, name));
            }
            catch (RondoException e)
            {
                // Nobody has named it: it costs itself, and not the training.
                _queue.Drop($"the artifact {name} is dropped: {e.What}");
            }
        }
    }

    /// <summary>Notes a dataset that the run has read.</summary>
    /// <param name="name">Its name, at most 500 characters.</param>
    /// <param name="digest">What tells this state of it from others, at most 36 characters.</param>
    /// <param name="source">Where it comes from: a path or an address.</param>
    /// <param name="context">What it was read for, such as <c>training</c>.</param>
    /// <exception cref="RondoException">A text is empty or too long.</exception>
    public void Dataset(string name, string digest, string source, string context = "training")
    {
        TrackingRules.CheckName(name, "The name of a dataset", TrackingRules.DatasetNameCharsMax);
        TrackingRules.CheckName(digest, "The digest of a dataset", TrackingRules.DatasetDigestCharsMax);
        TrackingRules.CheckName(source, "The source of a dataset", TrackingRules.DatasetSourceCharsMax);
        TrackingRules.CheckLength(context, "The context of a dataset", TrackingRules.ContextCharsMax);
        _queue.Add(
            new SpoolOperation(SpoolOperationKind.Dataset, name, Now())
            {
                Text = digest,
                Source = source,
                Context = context,
            }
        );
    }

    /// <summary>Says that the run fails, and by what: it will end as failed, with the tag <c>rondo.error</c>. The first failure stays.</summary>
    public void Fail(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        FailBecause(TrackingRules.WordsOf(exception));
    }

    /// <summary>Sends what was told up to now, without waiting for its turn. True where the server has all of it; false where it stays in the spool.</summary>
    /// <exception cref="OperationCanceledException">The wait was given up; nothing is lost.</exception>
    public Task<bool> FlushAsync(CancellationToken cancellation = default)
    {
        // Nobody who blocks for it waits for ever: it needs no thread of its caller's to go on, such as that of a window.
        return IsOver() ? Task.FromResult(false) : Task.Run(() => FlushNowAsync(cancellation), CancellationToken.None);
    }

    /// <summary>
    /// Ends the run and waits until the server has everything, at most <see cref="TrackingSettings.EndWaitMax"/>, and five seconds where the
    /// server was away before and is so still. What it has not got by then stays in the spool.
    /// </summary>
    public ValueTask DisposeAsync() =>
        Interlocked.Exchange(ref _ended, 1) != 0 ? ValueTask.CompletedTask : new(Task.Run(EndAsync));

    /// <summary>As <see cref="DisposeAsync"/>, for callers that cannot await; blocks as long.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>Ends the run because its program ends. What other threads tell it meanwhile is no error, and told to nobody.</summary>
    internal async Task EndWithProgramAsync(string? failure)
    {
        FailBecause(failure);
        _endedByProgram = true;
        _queue.ForgetsWhatComesLate = true;
        await DisposeAsync();
    }

    private void FailBecause(string? why)
    {
        if (why is not null && Interlocked.Exchange(ref _failed, 1) == 0)
        {
            Tag("rondo.error", TrackingRules.Fit(why, TrackingRules.TagCharsMax));
        }
    }

    // An error where its caller has ended it himself.
    private bool IsOver()
    {
        ObjectDisposedException.ThrowIf(_ended != 0 && !_endedByProgram, this);
        return _endedByProgram;
    }

    private static TrackedRun Begin(TrackingSettings settings, string experiment, string? name, string? parent)
    {
        if (name is not null)
        {
            TrackingRules.CheckName(name, "The name of a run", TrackingRules.TagCharsMax);
        }

        var start = SpoolStart.Of(settings, experiment, name, parent);
        return new TrackedRun(settings, start, sendsLeftOvers: parent is null);
    }

    private static SpoolOperation PointOf(string key, double value, long step, long at) =>
        new(SpoolOperationKind.Metric, key, at) { Value = value, Step = step };

    private void Add(IReadOnlyList<(string Key, string Value)> parameters)
    {
        foreach (var (key, value) in parameters)
        {
            TrackingRules.CheckKey(key, "param");
            TrackingRules.CheckLength(value, $"The value of the param '{key}'", TrackingRules.ParamCharsMax);
            if (_params.TryGetValue(key, out var known))
            {
                TrackingRules.RequireSame(key, known, value);
            }
        }

        if (_params.Count + parameters.Count > ParamsMax)
        {
            throw new RondoException(
                ErrorCode.ResourceExhausted,
                $"A run has at most {ParamsMax} params.",
                "Log what changes as a metric."
            );
        }

        foreach (var (key, value) in parameters)
        {
            if (_params.TryAdd(key, value))
            {
                _queue.Add(new SpoolOperation(SpoolOperationKind.Param, key, Now()) { Text = value });
            }
            else
            {
                TrackingRules.RequireSame(key, _params[key], value);
            }
        }
    }

    // A folder that cannot be read costs its artifacts, and not the training.
    private IReadOnlyList<string> FilesOf(string path)
    {
        try
        {
            return File.Exists(path) ? [path] : ArtifactFiles.Of(path, ArtifactFilesMax + 1);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _queue.Drop($"the artifacts of {path} are dropped, because the folder cannot be read: {e.Message}");
            return [];
        }
    }

    private void Keep(string file, string target)
    {
        try
        {
            if (!_file.HasRoom(new FileInfo(file).Length))
            {
                _queue.Drop($"the artifact {target} is dropped: {_queue.FullWords}.");
                return;
            }

            var number = Interlocked.Increment(ref _artifacts).ToString("D6", CultureInfo.InvariantCulture);
            var kept = _file.KeepArtifact(file, number);
            _queue.Add(new SpoolOperation(SpoolOperationKind.Artifact, target, Now()) { Text = kept });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _queue.Drop(
                $"the artifact {target} is dropped, because {file} cannot be copied into the spool: {e.Message}"
            );
        }
    }

    private async Task<bool> FlushNowAsync(CancellationToken cancellation)
    {
        _queue.WriteGroup();
        var sent = await _sender.SendAsync(cancellation) == SendOutcome.Sent;
        while (sent && _queue.HoldsUnwritten)
        {
            // A full disk has room again where what it held was sent.
            var before = _file.Sent;
            _queue.WriteGroup();
            sent = _file.Length > before && await _sender.SendAsync(cancellation) == SendOutcome.Sent;
        }

        return sent;
    }

    private async Task EndAsync()
    {
        try
        {
            var unwritten = CloseQueue();
            await _stop.CancelAsync();
            await _background;
            await SendRestAsync(unwritten);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _settings.Warn($"the run {Id} has ended; {_file.Location} cannot be read, written or removed: {e.Message}");
        }
        finally
        {
            OpenRuns.Remove(this);
            _queue.Dispose();
            _sender.Dispose();
            _api.Dispose();
            _file.Dispose();
            _stop.Dispose();
        }
    }

    // Returns the lines that the spool has not taken, the end of the run among them.
    private ReadOnlyMemory<byte> CloseQueue()
    {
        _queue.WriteGroup();
        var now = Now();
        var end = new SpoolOperation(SpoolOperationKind.End, _failed != 0 ? "FAILED" : "FINISHED", now);
        var dropped = _queue.Dropped.ToString(CultureInfo.InvariantCulture);
        var unwritten =
            _queue.Dropped == 0
                ? _queue.Close(end)
                : _queue.Close(
                    new SpoolOperation(SpoolOperationKind.Tag, SpoolOperation.DroppedTag, now) { Text = dropped },
                    end
                );
        _file.FlushToDisk();
        return unwritten;
    }

    private async Task SendRestAsync(ReadOnlyMemory<byte> unwritten)
    {
        var isShort = _sender.IsAway && s_endWaitWhenAway < _settings.EndWaitMax;
        var sent = await TrySendRestAsync(unwritten, isShort ? s_endWaitWhenAway : _settings.EndWaitMax);
        if (sent is null && isShort && !_sender.IsAway)
        {
            // It is back, and takes what was kept for it.
            sent = await TrySendRestAsync(unwritten, _settings.EndWaitMax);
        }

        if (sent is true)
        {
            _file.Delete();
            return;
        }

        _settings.Warn(
            sent is null
                ? $"the run {Id} has ended before all of it was sent; the rest stays in {_file.Location}."
                : $"the run {Id} has ended; what the server has not got of it stays in {_file.Location}."
        );
        if (unwritten.Length > 0)
        {
            _settings.Warn(
                $"{_queue.Lose(unwritten)} lines of the run {Id} are lost: neither the disk nor the server has taken them."
            );
        }
    }

    // Null where the time was too short.
    private async Task<bool?> TrySendRestAsync(ReadOnlyMemory<byte> unwritten, TimeSpan wait)
    {
        using var limit = new CancellationTokenSource(Bounded(wait), _settings.Time);
        try
        {
            return await _sender.SendAsync(limit.Token) == SendOutcome.Sent
                && await _sender.SendAsync(unwritten, limit.Token) == SendOutcome.Sent;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private async Task SendAlwaysAsync()
    {
        var failures = 0;
        try
        {
            while (await _wake.Reader.WaitToReadAsync(_stop.Token))
            {
                _wake.Reader.TryRead(out _);
                failures = await _sender.SendAsync(_stop.Token) == SendOutcome.Sent ? 0 : failures + 1;
                if (failures > 0)
                {
                    _wake.Writer.TryWrite(true);
                }

                await Task.Delay(Bounded(_settings.SendEvery, BackOff(failures)), _settings.Time, _stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The run ends; the rest is sent by its end.
        }
    }

    // No timer takes more.
    private static TimeSpan Bounded(TimeSpan time, double factor = 1) =>
        TimeSpan.FromMilliseconds(Math.Min(time.TotalMilliseconds * factor, int.MaxValue));

    // Runs that have lost the server at once do not come back at once.
    private double BackOff(int failures) =>
        failures == 0 ? 1 : (1 << Math.Min(failures, BackOffDoublingsMax)) * (0.75 + (Id[^1] % 16 / 32.0));

    private async Task SendLeftOversAsync()
    {
        try
        {
            await SpooledRuns.SendAsync(_settings, _stop.Token);
        }
        catch (OperationCanceledException)
        {
            // This run ends first: the next one goes on.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _settings.Warn($"what is left in {_settings.SpoolFolder} cannot be sent: {e.Message}");
        }
    }

    private long Now() => _settings.Time.GetUtcNow().ToUnixTimeMilliseconds();
}
