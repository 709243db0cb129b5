using Rondo.Data;
using Rondo.Sdk;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Sdk;

public sealed class MonitorDeclarationTests
{
    [Fact]
    [Trait("Requirement", "R201")]
    [Trait("Requirement", "R204")]
    public void A_monitor_names_its_detector_or_its_measure()
    {
        var monitors = MlApp
            .Create([], "weather")
            .Endpoint("temperature")
            .Monitor(m =>
                m.Quality(rmse: 2)
                    .Quality(Detectors.Adwin(scale: 10))
                    .Quality(Detectors.PageHinkley(threshold: 20), window: 1)
                    .Drift()
                    .Drift(DriftMeasure.Wasserstein, window: 7)
                    .Drift(DriftMeasure.JensenShannon, limit: 0.1, minColumns: 2)
            )
            .ToManifest()
            .Monitors;

        MonitorManifest[] expected =
        [
            new("quality-rmse", "quality", "rmse", 2, 91, 91),
            new("quality-adwin", "quality", "drifts", 0, 7, 7)
            {
                Detector = new Detector("adwin") { Delta = 0.002, Scale = 10 },
            },
            new("quality-pagehinkley-2", "quality", "drifts", 0, 1, 1)
            {
                Detector = new Detector("pageHinkley") { Threshold = 20, Delta = 0.005 },
            },
            new("drift-psi", "drift", "psi", 0.2, 91, 91),
            new("drift-wasserstein", "drift", "wasserstein", 1, 7, 7) { Calibrated = true },
            new("drift-jensenshannon", "drift", "jensenShannon", 0.1, 91, 91, 2),
        ];
        Assert.Equal(expected, monitors);
    }

    [Fact]
    public void Settings_that_make_no_sense_are_refused_where_they_are_written()
    {
        Assert.Throws<RondoException>(() => Detectors.PageHinkley(threshold: 0));
        Assert.Throws<RondoException>(() => Detectors.PageHinkley(delta: double.NaN));
        Assert.Throws<RondoException>(() => Detectors.Adwin(delta: 1));
        Assert.Throws<RondoException>(() => Detectors.Adwin(scale: -1));
        Assert.Throws<RondoException>(() => Detectors.Ddm(tolerance: -0.1));
        var endpoint = MlApp.Create([], "weather").Endpoint("temperature");
        Assert.Throws<RondoException>(() => endpoint.Monitor(m => m.Drift(DriftMeasure.Ks, limit: 0)));
        Assert.Throws<RondoException>(() => endpoint.Monitor(m => m.Quality(Detectors.Ddm(), window: 0)));
    }
}
