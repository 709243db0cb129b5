using Rondo.Pipelines.Orchestration;
using Rondo.Tests.Simulation.Scheduling;
using Rondo.Tests.Simulation.Store;

namespace Rondo.Tests.Simulation.Pipelines;

/// <summary>Kills its server at a line of the protocol, as the seed says; or lets it stand still there.</summary>
internal sealed class SimulatedProbe(SimulatedProcess process, FaultSource faults, Action<string> killed)
    : ProtocolProbe
{
    public override void Reach(string line)
    {
        if (process.Dead)
        {
            throw new KilledException("before");
        }

        if (faults.Kills())
        {
            killed(line);
            throw process.Die("at " + line);
        }

        if (faults.Happens(faults.Rates.Stall))
        {
            process.Pause(faults.Random.Next(faults.Rates.StallMsMax));
        }
    }
}
