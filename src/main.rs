//! The `tandem` binary.
use tandem::demo::{Demo, Wish};
fn main() {
    tandem::telemetry::init(false).ok();
    let args: Vec<String> = std::env::args().collect();
    let n = args.get(1).and_then(|a| a.parse().ok()).unwrap_or(500);
    let seed = args.get(2).and_then(|a| a.parse().ok()).unwrap_or(7);
    let system = actix::System::new();
    system.block_on(async move {
        let demo = Demo::start(Wish { contacts: n, seed, until_synced: true }).await.expect("starts");
        let mut ticks = 0u32;
        demo.until_synced(|p| {
            ticks += 1;
            if ticks % 20 == 0 {
                println!("{:?} {:?} diff {}", p.stage, p.counts, demo.world().differences());
                if ticks % 100 == 0 {
                    for d in demo.world().comparison().unwrap().differences.iter().take(8) {
                        println!("  {d:?}");
                    }
                }
            }
        })
        .await
        .expect("runs");
        println!("{}", serde_json::to_string(&demo.report().expect("reports")).expect("json"));
        demo.stop().await;
    });
}
