using Rondo.Sdk;

namespace Rondo.Pipelines.Executors;

/// <summary>Passes lines on without the secrets of the attempt.</summary>
internal sealed class RedactedLog : IAttemptLog
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, LineRedactor> _streams = new(StringComparer.Ordinal);
    private readonly IAttemptLog _log;
    private readonly SecretRedactor _redactor;

    public RedactedLog(IAttemptLog log, SecretRedactor redactor)
    {
        _log = log;
        _redactor = redactor;
    }

    public void Write(string stream, string line)
    {
        lock (_lock)
        {
            if (!_streams.TryGetValue(stream, out var lines))
            {
                _streams.Add(stream, lines = new LineRedactor(_redactor, text => _log.Write(stream, text)));
            }

            lines.Write(line);
        }
    }

    /// <summary>Passes on what was kept back to see how it goes on.</summary>
    public void End()
    {
        lock (_lock)
        {
            foreach (var lines in _streams.Values)
            {
                lines.End();
            }
        }
    }
}
