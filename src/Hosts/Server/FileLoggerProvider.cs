using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Rondo.Server;

/// <summary>Warnings and errors of the server in <c>server.log</c>, moved aside when it is full. Logging never holds up the server: what does not fit is counted.</summary>
internal sealed class FileLoggerProvider : ILoggerProvider
{
    private const int LinesWaitingMax = 4096;
    private const long FileBytesMax = 16 * 1024 * 1024;

    private readonly string _file;
    private readonly TimeProvider _time;
    private readonly Channel<string> _lines = Channel.CreateBounded<string>(LinesWaitingMax);
    private readonly Task _writing;
    private long _dropped;

    public FileLoggerProvider(string folder, TimeProvider time)
    {
        _file = Path.Combine(folder, "server.log");
        _time = time;
        _writing = Task.Run(WriteAsync);
    }

    public ILogger CreateLogger(string categoryName) => new FileLogger(this, categoryName);

    public void Dispose()
    {
        _lines.Writer.TryComplete();
        _writing.Wait(TimeSpan.FromSeconds(2));
    }

    private void Add(string line)
    {
        if (!_lines.Writer.TryWrite(line))
        {
            Interlocked.Increment(ref _dropped);
        }
    }

    private async Task WriteAsync()
    {
        while (await _lines.Reader.WaitToReadAsync())
        {
            try
            {
                if (File.Exists(_file) && new FileInfo(_file).Length > FileBytesMax)
                {
                    File.Move(_file, _file + ".1", overwrite: true);
                }

                await using var writer = new StreamWriter(_file, append: true);
                while (_lines.Reader.TryRead(out var line))
                {
                    await writer.WriteLineAsync(line);
                }

                var dropped = Interlocked.Exchange(ref _dropped, 0);
                if (dropped > 0)
                {
                    await writer.WriteLineAsync($"{dropped} lines were dropped here");
                }
            }
            catch (IOException)
            {
                // A full disk must not end the server; the lines that were taken are lost.
            }
        }
    }

    private sealed class FileLogger(FileLoggerProvider provider, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (IsEnabled(logLevel))
            {
                var at = provider._time.GetUtcNow().ToString("O", System.Globalization.CultureInfo.InvariantCulture);
                provider.Add($"{at} {logLevel} {category}: {formatter(state, exception)} {exception}".TrimEnd());
            }
        }
    }
}
