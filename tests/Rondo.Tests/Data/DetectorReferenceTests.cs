using CsCheck;
using Rondo.Data;

namespace Rondo.Tests.Data;

public sealed class DetectorReferenceTests
{
    internal static readonly ReferenceGroup Cases = new()
    {
        ["adwin"] = c => Drifts(c, () => new Adwin()),
        ["adwin_continue_without_reset"] = c => Drifts(c, () => new Adwin(keepsWindow: true)),
        ["adwin_old_python_ports_DO_NOT_MATCH"] = Ports,
        ["page_hinkley_thr50"] = c => Drifts(c, () => new PageHinkley()),
        ["ddm"] = c => Warnings(c, () => new Ddm()),
        ["eddm"] = c => Warnings(c, () => new Eddm()),
        ["hddm_a"] = c => Warnings(c, () => new HddmA()),
        ["hddm_w"] = c => Warnings(c, () => new HddmW()),
        ["cusum_tabular"] = c => Drifts(c, () => new Cusum()),
    };

    private static readonly Func<ISequentialDetector>[] s_detectors =
    [
        () => new Adwin(),
        () => new Adwin(keepsWindow: true),
        () => new PageHinkley(threshold: 5),
        () => new Ddm(),
        () => new Eddm(),
        () => new HddmA(),
        () => new HddmW(),
        () => new HddmW(twoSided: true),
        () => new Cusum(),
    ];

    public static TheoryData<string> Ids => Cases.Ids;

    [Theory]
    [MemberData(nameof(Ids))]
    [Trait("Requirement", "R201")]
    [Trait("Requirement", "R203")]
    public void Detectors_alarm_at_the_same_elements_as_the_programs_of_their_authors(string id) => Cases.Verify(id);

    [Fact]
    public void Detectors_are_deterministic_and_begin_anew_after_a_reset() =>
        Gen.Select(Gen.Int[0, s_detectors.Length - 1], Gen.Bool.Array[0, 400], Gen.Bool.Array[0, 100])
            .Sample(
                (which, values, before) =>
                {
                    var (fresh, used) = (s_detectors[which](), s_detectors[which]());
                    foreach (var value in before)
                    {
                        used.Update(value ? 1 : 0);
                    }

                    used.Reset();
                    Assert.All(values, value => Assert.Equal(fresh.Update(value ? 1 : 0), used.Update(value ? 1 : 0)));
                }
            );

    [Fact]
    public void Adwin_keeps_a_window_in_logarithmic_memory()
    {
        var adwin = new Adwin();
        for (var i = 0; i < 100_000; i++)
        {
            adwin.Update(i % 2);
        }

        Assert.Equal((100_000, 0.5), (adwin.Width, adwin.Mean));
        Assert.InRange(adwin.Buckets, 1, 5 * 17);
    }

    [Fact]
    public void Detectors_refuse_what_they_cannot_take()
    {
        foreach (var make in s_detectors)
        {
            Assert.Throws<RondoException>(() => make().Update(double.NaN));
        }

        Assert.Throws<RondoException>(() => new Ddm().Update(2));
        Assert.Throws<RondoException>(() => new Eddm().Update(0.5));
        Assert.Throws<RondoException>(() => new Adwin(delta: 0));
        Assert.Throws<RondoException>(() => new Cusum(warmUp: 1));
    }

    private static void Drifts(ReferenceCase reference, Func<ISequentialDetector> make)
    {
        foreach (var stream in Streams(reference))
        {
            reference.Is(stream, Run(make(), stream).Drifts);
        }
    }

    private static void Warnings(ReferenceCase reference, Func<ISequentialDetector> make)
    {
        foreach (var stream in Streams(reference))
        {
            var (drifts, warnings) = Run(make(), stream);
            reference.Is($"{stream}.drift", drifts);
            reference.Is($"{stream}.warning_first_of_each_episode", warnings);
        }
    }

    private static void Ports(ReferenceCase reference)
    {
        var right = ReferenceCase.Of("adwin");
        var different = 0;
        foreach (var stream in Streams(reference))
        {
            var ported = ReferenceCase.NumbersOf(reference.At(stream));
            var isDifferent = !ported.SequenceEqual(ReferenceCase.NumbersOf(right.At(stream)));
            Assert.Equal(isDifferent, !ported.SequenceEqual(Run(new Adwin(), stream).Drifts));
            different += isDifferent ? 1 : 0;
            reference.Covered(stream);
        }

        Assert.Equal(4, different);
    }

    private static string[] Streams(ReferenceCase reference) =>
        reference.Expected.EnumerateObject().Select(p => p.Name).ToArray();

    /// <summary>Where it drifts, and where the first warning since the start or the last drift is.</summary>
    private static (double[] Drifts, double[] Warnings) Run(ISequentialDetector detector, string stream)
    {
        var (drifts, warnings, isWarned) = (new List<double>(), new List<double>(), false);
        var values = ReferenceCase.Stream(stream);
        for (var i = 0; i < values.Length; i++)
        {
            var state = detector.Update(values[i]);
            if (state == DetectorState.Drift)
            {
                drifts.Add(i);
                isWarned = false;
            }
            else if (state == DetectorState.Warning && !isWarned)
            {
                warnings.Add(i);
                isWarned = true;
            }
        }

        return ([.. drifts], [.. warnings]);
    }
}
