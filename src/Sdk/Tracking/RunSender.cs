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
    private const int RefusalsPerBatchMax = 20;

    private readonly SemaphoreSlim _one = new(1);
    private string? _artifactRoot;
    private string? _trouble;

    /// <summary>How many operations the server has refused.</summary>
    public long Refused { get; private set; }

    /// <summary>Whether the last attempt has not reached the server.</summary>
    public bool IsAway => _trouble is not null;

    /// <summary>Sends what there is now. One attempt: whoever wants another waits and calls again.</summary>
    public async Task<SendOutcome> SendAsync(CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            var end = file.Length;
            while (file.Sent < end)
            {
                var answer = _artifactRoot is null
                    ? await PutRunAsync(cancellation)
                    : await SendLinesAsync(cancellation);
                if (answer.Kind != TrackingAnswerKind.Done)
                {
                    Tell(answer);
                    return answer.Kind == TrackingAnswerKind.Away ? SendOutcome.Away : SendOutcome.Refused;
                }

                _trouble = null;
            }

            file.Shrink();
            return SendOutcome.Sent;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task<TrackingAnswer> PutRunAsync(CancellationToken cancellation)
    {
        var answer = await api.PutRunAsync(start, cancellation);
        if (answer.Kind == TrackingAnswerKind.Done)
        {
            _artifactRoot = answer.Words;
            file.MarkSent(Math.Max(file.Sent, file.StartLength));
        }

        return answer;
    }

    private async Task<TrackingAnswer> SendLinesAsync(CancellationToken cancellation)
    {
        var (batch, end) = ReadBatch();
        var answer =
            batch.Count == 0 ? new(TrackingAnswerKind.Done, "")
            : batch[0].IsBatched ? await LogAsync(batch, new Budget(), cancellation)
            : await SendOneAsync(batch[0], cancellation);
        if (answer.Kind == TrackingAnswerKind.Away)
        {
            return answer;
        }

        if (answer.Kind == TrackingAnswerKind.Refused)
        {
            Refuse(1, answer.Words);
        }

        file.MarkSent(end);
        if (batch is [{ Kind: SpoolOperationKind.Artifact } artifact])
        {
            file.DropArtifact(artifact.Text);
        }

        return answer with
        {
            Kind = TrackingAnswerKind.Done,
        };
    }

    // Lines that go in one request: many points, params and tags, or one of anything else.
    private (List<SpoolOperation> Batch, long End) ReadBatch()
    {
        var batch = new List<SpoolOperation>();
        var lines = file.ReadLines(file.Sent, ReadBytes);
        var end = file.Sent;
        if (lines.Length == 0)
        {
            Refuse(1, $"{file.Location} has a line without an end.");
            end = Math.Min(file.Length, end + SpoolFile.LineBytesMax);
        }

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

    // A batch is taken whole or not at all: what is refused in it is found by halves, and the rest is sent.
    private async Task<TrackingAnswer> LogAsync(
        List<SpoolOperation> batch,
        Budget refusals,
        CancellationToken cancellation
    )
    {
        var answer = await api.LogAsync(start.Run, batch, cancellation);
        if (answer.Kind != TrackingAnswerKind.Refused)
        {
            return answer;
        }

        refusals.Used++;
        if (batch.Count == 1 || refusals.Used >= RefusalsPerBatchMax)
        {
            Refuse(batch.Count, answer.Words);
            return answer with { Kind = TrackingAnswerKind.Done };
        }

        var half = batch.Count / 2;
        var first = await LogAsync(batch[..half], refusals, cancellation);
        return first.Kind == TrackingAnswerKind.Away ? first : await LogAsync(batch[half..], refusals, cancellation);
    }

    private Task<TrackingAnswer> SendOneAsync(SpoolOperation operation, CancellationToken cancellation) =>
        operation.Kind switch
        {
            SpoolOperationKind.Dataset => api.LogDatasetAsync(start.Run, operation, cancellation),
            SpoolOperationKind.Artifact => api.PutArtifactAsync(
                _artifactRoot!,
                operation.Key,
                Path.Combine(file.FilesFolder, operation.Text),
                cancellation
            ),
            _ => api.EndAsync(start.Run, operation, cancellation),
        };

    private void Refuse(int count, string words)
    {
        if (Refused == 0)
        {
            warn($"the server has refused something of the run {start.Run}, which is dropped: {words}");
        }

        Refused += count;
    }

    // Said once for each trouble, not once for each attempt.
    private void Tell(TrackingAnswer answer)
    {
        var where = api.Address.GetLeftPart(UriPartial.Authority);
        var words =
            answer.Kind == TrackingAnswerKind.Away
                ? $"{where} cannot take the run {start.Run} now ({answer.Words.TrimEnd('.')})."
                : $"{where} refuses the run {start.Run}: {answer.Words.TrimEnd('.')}.";
        if (_trouble is null)
        {
            var waiting = (file.Length - file.Sent).ToString(CultureInfo.InvariantCulture);
            warn($"{words} {waiting} bytes are kept in {file.Location}, and sent when it can.");
        }

        _trouble = words;
    }

    private sealed class Budget
    {
        public int Used { get; set; }
    }
}
