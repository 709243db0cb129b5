using System.Globalization;

namespace Rondo.Sdk;

/// <summary>How sending ended.</summary>
internal enum SendOutcome
{
    /// <summary>The server has everything that was there when sending began.</summary>
    Sent,

    /// <summary>The server cannot be reached, or not now.</summary>
    Away,

    /// <summary>The server does not take the run itself.</summary>
    Refused,

    /// <summary>The spool cannot be read or written, or not now.</summary>
    Broken,
}

/// <summary>
/// Sends a spool from where the server has it to its end. What was sent without an answer is sent again: every request is one that changes
/// nothing the second time, and none is sent before the one ahead of it has been answered.
/// </summary>
internal sealed class RunSender(SpoolFile file, SpoolStart start, TrackingApi api, Action<string> warn) : IDisposable
{
    private const int ReadBytes = 256 * 1024;
    private const int MetricsMax = 800;
    private const int ParamsMax = 100;
    private const int TagsMax = 100;

    // A server that forgets a run again and again is not sent all of it again and again.
    private const int RestartsMax = 3;

    private static readonly TrackingAnswer s_done = new(TrackingAnswerKind.Done, "");

    private readonly SemaphoreSlim _one = new(1);
    private string? _artifactRoot;
    private string? _trouble;
    private int _restarts;
    private bool _wasPutAgain;
    private bool _mayBeNew;
    private bool _saidRefusal;

    /// <summary>How many operations the server has refused.</summary>
    public long Refused { get; private set; }

    /// <summary>Whether the last attempt has not reached the server.</summary>
    public bool IsAway => _trouble is not null;

    /// <summary>Sends what there is now. One attempt: whoever wants another waits and calls again.</summary>
    public Task<SendOutcome> SendAsync(CancellationToken cancellation) =>
        AloneAsync(() => SendSpoolAsync(cancellation), cancellation);

    /// <summary>Sends lines that the spool could not take.</summary>
    public Task<SendOutcome> SendAsync(ReadOnlyMemory<byte> lines, CancellationToken cancellation) =>
        AloneAsync(() => SendLinesAsync(lines, cancellation), cancellation);

    public void Dispose() => _one.Dispose();

    // A spool that cannot be read or written now is tried again later, as a server that is away: a training goes on without either.
    private async Task<SendOutcome> AloneAsync(Func<Task<TrackingAnswer>> send, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            var answer = await send();
            if (answer.Kind == TrackingAnswerKind.Done)
            {
                return SendOutcome.Sent;
            }

            var isAway = answer.Kind == TrackingAnswerKind.Away;
            var says = isAway ? "cannot take the run now" : "refuses the run";
            Tell($"{SpooledRuns.NameOf(api.Address)} {says} ({answer.Words.TrimEnd('.')}).");
            return isAway ? SendOutcome.Away : SendOutcome.Refused;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Tell($"The spool cannot be read or written now ({e.Message.TrimEnd('.')}).");
            return SendOutcome.Broken;
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<TrackingAnswer> SendSpoolAsync(CancellationToken cancellation)
    {
        var end = file.Length;
        while (file.Sent < end)
        {
            var answer = _artifactRoot is null
                ? await PutRunAsync(cancellation)
                : await SendSpooledLinesAsync(cancellation);
            if (answer.Kind != TrackingAnswerKind.Done)
            {
                return answer;
            }

            _trouble = null;
        }

        file.Shrink();
        return s_done;
    }

    private async Task<TrackingAnswer> PutRunAsync(CancellationToken cancellation)
    {
        // A wait that is given up knows no answer either.
        var mayBeNew = _mayBeNew;
        _mayBeNew = true;
        var answer = await api.PutRunAsync(start, cancellation);
        if (answer.Kind == TrackingAnswerKind.Done)
        {
            _artifactRoot = answer.Words;
            // A server that was set back to a backup has lost what it was sent: it gets all that the spool still has.
            var starts = (answer.IsNew || mayBeNew) && file.Sent > file.StartLength && _restarts++ < RestartsMax;
            file.MarkSent(starts ? file.StartLength : Math.Max(file.Sent, file.StartLength));
            _mayBeNew = false;
        }
        else
        {
            // It may have been new to the server, which says so only once.
            _mayBeNew = mayBeNew || answer.MayBeDone;
        }

        return answer;
    }

    private async Task<TrackingAnswer> SendSpooledLinesAsync(CancellationToken cancellation)
    {
        var refused = Refused;
        var lines = file.ReadLines(file.Sent, ReadBytes);
        if (lines.Length == 0)
        {
            Refuse(1, $"{file.Location} has a line without an end.");
            file.MarkSent(Math.Min(file.Length, file.Sent + SpoolFile.LineBytesMax));
            return s_done;
        }

        var (begun, (batch, length)) = (file.Sent, ReadBatch(lines));
        var answer = await SendBatchAsync(batch, cancellation);
        if (file.Sent < begun)
        {
            // All of it is sent again, these lines in their turn.
            return answer;
        }

        if (answer.Kind == TrackingAnswerKind.Done)
        {
            file.MarkSent(file.Sent + length);
            if (batch is [{ Kind: SpoolOperationKind.Artifact } artifact])
            {
                file.DropArtifact(artifact.Text);
            }
        }
        else
        {
            // All of it is sent again, and refused again.
            Refused = refused;
        }

        return answer;
    }

    private async Task<TrackingAnswer> SendLinesAsync(ReadOnlyMemory<byte> all, CancellationToken cancellation)
    {
        var (answer, lines) = (s_done, all);
        while (lines.Length > 0 && answer.Kind == TrackingAnswerKind.Done)
        {
            var (batch, length) = ReadBatch(lines);
            answer = await SendBatchAsync(batch, cancellation);
            lines = lines[length..];
        }

        if (answer.Kind != TrackingAnswerKind.Done || file.Sent == file.Length)
        {
            return answer;
        }

        // The server did not know the run any more. What the spool has comes before these lines.
        answer = await SendSpoolAsync(cancellation);
        return answer.Kind == TrackingAnswerKind.Done ? await SendLinesAsync(all, cancellation) : answer;
    }

    // Done where the lines are dealt with: the server has them, or has refused them.
    private async Task<TrackingAnswer> SendBatchAsync(List<SpoolOperation> batch, CancellationToken cancellation)
    {
        var answer = await TryBatchAsync(batch, cancellation);
        if (answer.Kind == TrackingAnswerKind.Missing && !_wasPutAgain)
        {
            // A server that was set back to a backup does not know the run any more, and takes it again.
            _wasPutAgain = true;
            _artifactRoot = null;
            answer = await PutRunAsync(cancellation);
            if (answer.Kind != TrackingAnswerKind.Done)
            {
                return answer;
            }

            answer = await TryBatchAsync(batch, cancellation);
        }

        switch (answer.Kind)
        {
            case TrackingAnswerKind.Away:
                return answer;
            case TrackingAnswerKind.Done:
                _wasPutAgain = false;
                return answer;
            default:
                Refuse(batch.Count, answer.Words);
                return s_done;
        }
    }

    private Task<TrackingAnswer> TryBatchAsync(List<SpoolOperation> batch, CancellationToken cancellation) =>
        batch.Count == 0 ? Task.FromResult(s_done)
        : batch[0].IsBatched ? LogAsync(batch, cancellation)
        : SendOneAsync(batch[0], cancellation);

    // Lines that go in one request: many points, params and tags, or one of anything else.
    private (List<SpoolOperation> Batch, int Length) ReadBatch(ReadOnlyMemory<byte> lines)
    {
        var batch = new List<SpoolOperation>();
        var end = 0;
        var counts = new int[Enum.GetValues<SpoolOperationKind>().Length];
        while (lines.Length > 0)
        {
            var length = lines.Span.IndexOf((byte)'\n') + 1;
            if (SpoolOperation.Read(lines[..(length - 1)]) is not { } operation)
            {
                Refuse(1, $"{file.Location} has a line that cannot be read.");
            }
            else if (batch.Count > 0 && !(operation.IsBatched && HasRoom(counts)))
            {
                break;
            }
            else
            {
                batch.Add(operation);
                counts[(int)operation.Kind]++;
            }

            end += length;
            lines = lines[length..];
            if (batch is [{ IsBatched: false }])
            {
                break;
            }
        }

        return (batch, end);
    }

    private static bool HasRoom(int[] counts) =>
        counts[(int)SpoolOperationKind.Metric] < MetricsMax
        && counts[(int)SpoolOperationKind.Param] < ParamsMax
        && counts[(int)SpoolOperationKind.Tag] < TagsMax;

    // A batch is taken whole or not at all. Where even an empty one is refused, the server takes nothing of the run.
    private async Task<TrackingAnswer> LogAsync(List<SpoolOperation> batch, CancellationToken cancellation)
    {
        var answer = await api.LogAsync(start.Run, batch, cancellation);
        if (answer.Kind != TrackingAnswerKind.Refused || batch.Count == 1)
        {
            return answer;
        }

        var empty = await api.LogAsync(start.Run, [], cancellation);
        return empty.Kind == TrackingAnswerKind.Done ? await LogHalvesAsync(batch, cancellation) : empty;
    }

    // What is refused in a batch is found by halves, at most two requests for each line, and the rest is sent.
    private async Task<TrackingAnswer> LogHalvesAsync(List<SpoolOperation> batch, CancellationToken cancellation)
    {
        var middle = batch.Count / 2;
        foreach (var half in new[] { batch[..middle], batch[middle..] })
        {
            var answer = await api.LogAsync(start.Run, half, cancellation);
            if (answer.Kind == TrackingAnswerKind.Refused && half.Count > 1)
            {
                answer = await LogHalvesAsync(half, cancellation);
            }
            else if (answer.Kind == TrackingAnswerKind.Refused)
            {
                Refuse(1, answer.Words);
                answer = s_done;
            }

            if (answer.Kind != TrackingAnswerKind.Done)
            {
                return answer;
            }
        }

        return s_done;
    }

    private Task<TrackingAnswer> SendOneAsync(SpoolOperation operation, CancellationToken cancellation) =>
        operation.Kind switch
        {
            SpoolOperationKind.Dataset => api.LogDatasetAsync(start.Run, operation, cancellation),
            SpoolOperationKind.Artifact => PutArtifactAsync(operation, cancellation),
            _ => api.EndAsync(start.Run, operation, cancellation),
        };

    private async Task<TrackingAnswer> PutArtifactAsync(SpoolOperation artifact, CancellationToken cancellation)
    {
        var copy = Path.Combine(file.FilesFolder, artifact.Text);
        return File.Exists(copy)
            ? await api.PutArtifactAsync(_artifactRoot!, artifact.Key, copy, cancellation)
            : new(TrackingAnswerKind.Refused, $"the copy of the artifact {artifact.Key} is not there any more.");
    }

    private void Refuse(int count, string words)
    {
        if (!_saidRefusal)
        {
            _saidRefusal = true;
            warn($"the server has refused something of the run {start.Run}, which is dropped: {words}");
        }

        Refused += count;
    }

    // Said once for each trouble, not once for each attempt.
    private void Tell(string words)
    {
        if (_trouble is null)
        {
            var waiting = (file.Length - file.Sent).ToString(CultureInfo.InvariantCulture);
            warn($"run {start.Run}: {words} {waiting} bytes are kept in {file.Location}, and sent when it can.");
        }

        _trouble = words;
    }
}
