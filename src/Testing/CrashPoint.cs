using Rondo.Sdk;

namespace Rondo.Testing;

/// <summary>Where a run can be killed, by what has happened to the step at that moment.</summary>
public enum CrashPoint
{
    /// <summary>The step is next. It has done nothing.</summary>
    BeforeStep,

    /// <summary>The step's own code has run, with all that it does to the world. None of its outputs is written.</summary>
    InsideStep,

    /// <summary>Its outputs are written, in a folder that nothing but the attempt looks into.</summary>
    AfterStaging,

    /// <summary>Its outputs are in the store. The run does not know of them yet.</summary>
    AfterKeeping,

    /// <summary>They are published: the run knows them. Later runs do not yet.</summary>
    AfterPublishing,

    /// <summary>The step is done in every respect. The next one has not begun.</summary>
    BetweenSteps,
}

internal static class CrashLines
{
    public static string Of(CrashPoint point) =>
        point switch
        {
            CrashPoint.BeforeStep => LocalProbe.BeforeStep,
            CrashPoint.InsideStep => LocalProbe.InsideStep,
            CrashPoint.AfterStaging => LocalProbe.Staged,
            CrashPoint.AfterKeeping => LocalProbe.Kept,
            CrashPoint.AfterPublishing => LocalProbe.Published,
            _ => LocalProbe.BetweenSteps,
        };
}
