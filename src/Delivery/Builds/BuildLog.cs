using System.Text;

namespace Rondo.Delivery.Builds;

/// <summary>What a build says, kept in a file; those who follow it are woken by each line.</summary>
internal sealed class BuildLog : IDisposable
{
    private readonly FileStream _file;
    private readonly long _bytesMax;
    private readonly Lock _lock = new();
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _cut;
    private bool _ended;

    public BuildLog(string path, long bytesMax)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        _file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, 0);
        _bytesMax = bytesMax;
    }

    /// <summary>Completes with the next line, or the end.</summary>
    public Task Changed
    {
        get
        {
            lock (_lock)
            {
                return _ended ? Task.CompletedTask : _next.Task;
            }
        }
    }

    public void Write(string line)
    {
        lock (_lock)
        {
            if (_ended || _cut)
            {
                return;
            }

            _cut = _file.Length > _bytesMax;
            _file.Write(Encoding.UTF8.GetBytes((_cut ? "(the rest is left out: the log is too long)" : line) + "\n"));
            Wake();
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _ended = true;
            _file.Dispose();
            Wake();
        }
    }

    private void Wake()
    {
        _next.TrySetResult();
        _next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
