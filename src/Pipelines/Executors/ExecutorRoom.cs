using System.Globalization;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Executors;

/// <summary>
/// What this machine has for attempts, and how much of it is taken. A step that does not say how many cores it needs counts as an
/// equal share of them; one that does not say how much memory counts as none.
/// </summary>
internal sealed class ExecutorRoom(PipelinesOptions options)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _accelerators = new(StringComparer.Ordinal);
    private int _attempts;
    private double _cores;
    private long _memoryBytes;

    /// <summary>Null: not now.</summary>
    public IDisposable? TryReserve(ResourcesManifest? resources)
    {
        var need = Need.Of(resources, options);
        lock (_lock)
        {
            if (!Fits(need))
            {
                return null;
            }

            Count(need, 1);
            return new Reservation(this, need);
        }
    }

    /// <summary>Fails where an idle machine would be too small.</summary>
    public void Require(ResourcesManifest? resources)
    {
        var need = Need.Of(resources, options);
        if (need.Cores > options.LocalCores)
        {
            throw TooMuch($"{Number(need.Cores)} cores", $"{Number(options.LocalCores)} for attempts");
        }

        if (need.MemoryBytes > options.LocalMemoryBytes)
        {
            throw TooMuch(
                $"{need.MemoryBytes >> 20} MiB of memory",
                $"{options.LocalMemoryBytes >> 20} MiB for attempts"
            );
        }

        if (need.Accelerators > Accelerators(need))
        {
            throw TooMuch(
                $"{need.Accelerators} × accelerator '{need.Accelerator}'",
                $"{Accelerators(need)} of them",
                $"Ask for less, run it on another machine, or say what this one has: {PipelinesOptions.AcceleratorsVariable}={need.Accelerator}=1."
            );
        }
    }

    private bool Fits(Need need) =>
        _attempts < options.LocalAttemptsMax
        // Shares of cores are fractions: their sum is not exact.
        && _cores + need.Cores <= options.LocalCores + 1e-9
        && _memoryBytes + need.MemoryBytes <= options.LocalMemoryBytes
        && Taken(need) + need.Accelerators <= Accelerators(need);

    private int Accelerators(Need need) => options.LocalAccelerators.GetValueOrDefault(need.Accelerator);

    private int Taken(Need need) => _accelerators.GetValueOrDefault(need.Accelerator);

    private void Count(Need need, int times)
    {
        _attempts += times;
        _cores = _attempts == 0 ? 0 : _cores + (times * need.Cores);
        _memoryBytes += times * need.MemoryBytes;
        _accelerators[need.Accelerator] = Taken(need) + (times * need.Accelerators);
    }

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static RondoException TooMuch(string wanted, string has, string? mend = null) =>
        new(
            ErrorCode.FailedPrecondition,
            $"The step needs {wanted}; this machine has {has}.",
            mend ?? "Ask for less, or run it on a larger machine."
        );

    private sealed record Need(double Cores, long MemoryBytes, string Accelerator, int Accelerators)
    {
        public static Need Of(ResourcesManifest? resources, PipelinesOptions options) =>
            new(
                resources is { Cpu: > 0 } ? resources.Cpu : options.LocalCores / Math.Max(1, options.LocalAttemptsMax),
                Math.Max(0, resources?.MemoryBytes ?? 0),
                resources?.Accelerator ?? "",
                resources?.Accelerator is null ? 0 : Math.Max(1, resources.Accelerators)
            );
    }

    private sealed class Reservation(ExecutorRoom room, Need need) : IDisposable
    {
        private bool _given;

        public void Dispose()
        {
            lock (room._lock)
            {
                if (!_given)
                {
                    _given = true;
                    room.Count(need, -1);
                }
            }
        }
    }
}
