using Rondo.Pipelines;
using Rondo.Pipelines.Executors;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines;

public sealed class ExecutorRoomTests
{
    private const long Gigabyte = 1L << 30;

    private readonly ExecutorRoom _room = new(
        new PipelinesOptions
        {
            LocalAttemptsMax = 4,
            LocalCores = 4,
            LocalMemoryBytes = 8 * Gigabyte,
            LocalAccelerators = new Dictionary<string, int> { ["gpu"] = 1 },
        }
    );

    [Fact]
    [Trait("Requirement", "R13")]
    public void Attempts_begin_only_as_far_as_cores_memory_and_accelerators_go()
    {
        var three = _room.TryReserve(new(Cpu: 3, 0, null, 0));

        Assert.NotNull(three);
        Assert.Null(_room.TryReserve(new(Cpu: 2, 0, null, 0)));
        var plain = _room.TryReserve(null);
        Assert.NotNull(plain);
        Assert.Null(_room.TryReserve(null));

        three.Dispose();
        three.Dispose();
        Assert.Null(_room.TryReserve(new(0, MemoryBytes: 9 * Gigabyte, null, 0)));
        var large = _room.TryReserve(new(0, MemoryBytes: 6 * Gigabyte, "gpu", 1));
        Assert.NotNull(large);
        Assert.Null(_room.TryReserve(new(0, MemoryBytes: 3 * Gigabyte, null, 0)));
        Assert.Null(_room.TryReserve(new(0, 0, "gpu", 1)));

        large.Dispose();
        plain.Dispose();
        Assert.NotNull(_room.TryReserve(new(Cpu: 4, MemoryBytes: 8 * Gigabyte, "gpu", 1)));
    }

    [Fact]
    public void What_could_never_run_here_is_refused_with_the_numbers()
    {
        _room.Require(new(4, 8 * Gigabyte, "gpu", 1));

        Assert.Contains("5 cores; this machine has 4", Refused(new(5, 0, null, 0)));
        Assert.Contains("9216 MiB of memory; this machine has 8192", Refused(new(0, 9 * Gigabyte, null, 0)));
        Assert.Contains("'tpu'", Refused(new(0, 0, "tpu", 1)));
    }

    [Fact]
    public void An_administrator_says_what_a_machine_has_and_is_told_what_he_got_wrong()
    {
        var said = new Dictionary<string, string>
        {
            ["RONDO_ATTEMPTS"] = "8",
            ["RONDO_ACCELERATORS"] = "gpu=2, tpu=1",
            ["RONDO_PASS_ENVIRONMENT"] = "LICENCE_FILE,AWS_REGION",
        };
        var options = PipelinesOptions.FromEnvironment(said.GetValueOrDefault);

        Assert.Equal(8, options.LocalAttemptsMax);
        Assert.Equal(2, options.LocalAccelerators["gpu"]);
        Assert.Equal(["LICENCE_FILE", "AWS_REGION"], options.PassedEnvironment);
        Assert.Equal(Environment.ProcessorCount, PipelinesOptions.FromEnvironment(_ => null).LocalAttemptsMax);
        said["RONDO_ACCELERATORS"] = "gpu";
        var wrong = Assert.Throws<RondoException>(() => PipelinesOptions.FromEnvironment(said.GetValueOrDefault));
        Assert.Contains("RONDO_ACCELERATORS is 'gpu'. Name each kind once", wrong.Message);
    }

    private string Refused(ResourcesManifest resources) =>
        Assert.Throws<RondoException>(() => _room.Require(resources)).Message;
}
