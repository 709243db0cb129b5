using System.Runtime.InteropServices;

namespace Rondo.Sdk;

/// <summary>Ctrl+C, and a polite request to end: the first lets the run end cleanly, the second ends the process.</summary>
internal sealed class LocalStop : IDisposable
{
    private readonly CancellationTokenSource _requested = new();
    private readonly List<PosixSignalRegistration> _signals = [];
    private readonly TextWriter _output;

    public LocalStop(TextWriter output)
    {
        _output = output;
        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop));
        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop));
    }

    public CancellationToken Requested => _requested.Token;

    public void Dispose()
    {
        _signals.ForEach(signal => signal.Dispose());
        _requested.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        if (_requested.IsCancellationRequested)
        {
            return;
        }
        context.Cancel = true;
        _output.WriteLine("Cancelling; exit handlers still run. Press Ctrl+C again to end at once.");
        _requested.Cancel();
    }
}
