namespace Rondo.EndToEnd;

public sealed class FirstModelTests
{
    [Fact]
    [Trait("Requirement", "R244")]
    [Trait("Requirement", "R251")]
    public async Task A_single_file_trains_caches_and_prints_its_lineage_without_any_server()
    {
        var folder = Directory.CreateTempSubdirectory("rondo-e2e-").FullName;
        var program = Path.Combine(Checkout.Root, "examples", "first-model.cs");

        var first = await Shell.RunAsync(folder, "dotnet", "run", program);
        var second = await Shell.RunAsync(folder, "dotnet", "run", program);

        Assert.True(first.ExitCode == 0, first.ToString());
        Assert.Contains("rmse", first.Out);
        Assert.Contains("Lineage of register", first.Out);
        Assert.DoesNotContain("reused", first.Out);
        Assert.True(second.ExitCode == 0, second.ToString());
        Assert.Contains("reused", second.Out);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    [Trait("Requirement", "R9")]
    [Trait("Requirement", "R10")]
    public async Task A_single_file_sweeps_models_and_parameters_and_tries_nothing_twice()
    {
        var folder = Directory.CreateTempSubdirectory("rondo-e2e-").FullName;
        var program = Path.Combine(Checkout.Root, "examples", "sweep.cs");

        var first = await Shell.RunAsync(folder, "dotnet", "run", program);
        var second = await Shell.RunAsync(folder, "dotnet", "run", program);

        Assert.True(first.ExitCode == 0, first.ToString());
        Assert.Contains("trials 40  failedTrials 0", first.Out);
        Assert.Contains("search.round-5.7.rmse", first.Out);
        Assert.True(second.ExitCode == 0, second.ToString());
        Assert.Contains("reused", second.Out);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    [Trait("Requirement", "R250")]
    public async Task A_new_project_runs_and_its_tests_pass_at_once()
    {
        var folder = Directory.CreateTempSubdirectory("rondo-e2e-").FullName;

        var made = await Shell.RondoAsync(folder, "new", "Churn");
        Assert.True(made.ExitCode == 0, made.ToString());
        var project = Path.Combine(folder, "Churn");
        var run = await Shell.RunAsync(project, "dotnet", "run", "--project", "src/Churn");
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Contains("Lineage", run.Out);
        var tests = await Shell.RunAsync(project, "dotnet", "run", "--project", "tests/Churn.Tests");
        Assert.True(tests.ExitCode == 0, tests.ToString());

        var again = await Shell.RondoAsync(folder, "new", "Churn");
        var wrong = await Shell.RondoAsync(folder, "new", "../x");
        Assert.Equal((4, 2), (again.ExitCode, wrong.ExitCode));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task The_example_works_when_it_is_copied_elsewhere()
    {
        Assert.Equal(0, (await Shell.RondoAsync(Checkout.Root, "--version")).ExitCode);
        var folder = Directory.CreateTempSubdirectory("rondo-e2e-").FullName;
        var copy = Path.Combine(folder, "demand");
        Checkout.Copy(Checkout.Example, copy);

        var tests = await Shell.RunAsync(copy, "dotnet", "run", "--project", "tests/Demand.Tests");
        var manifest = await Shell.RunAsync(copy, "dotnet", "run", "--project", "src/Demand", "--", "manifest");

        Assert.True(tests.ExitCode == 0, tests.ToString());
        Assert.True(manifest.ExitCode == 0, manifest.ToString());
        Assert.Equal(
            "transit",
            System.Text.Json.JsonDocument.Parse(manifest.Out).RootElement.GetProperty("project").GetString()
        );
        Directory.Delete(folder, recursive: true);
    }
}
